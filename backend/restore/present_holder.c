/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "present_holder.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../layout/stretch.h"
#include "../storage/loop_device.h"
#include "../storage/volume_look.h"

static bool same_text(const char *one, const char *two)
{
	return one && two && !strcasecmp(one, two);
}

/* GPT names a partition; an MBR, of a disk or an array, has its own number. */
static bool is_same_partition(const struct layout *one, const struct node *a, const struct layout *two, const struct node *b)
{
	const struct node *on_a = layout_find(one, a->on[0]), *on_b = layout_find(two, b->on[0]);

	if (a->partition.uuid || b->partition.uuid)
		return same_text(a->partition.uuid, b->partition.uuid);
	return a->partition.number == b->partition.number && on_a && on_b && same_text(node_table_id(on_a), node_table_id(on_b));
}

const struct node *present_holder_find(const struct layout *captured, const struct node *holder, const struct layout *present)
{
	for (size_t i = 0; i < present->count; i++) {
		const struct node *node = present->nodes[i];

		if (node->type == holder->type &&
		    (node->type == NODE_PARTITION ? is_same_partition(captured, holder, present, node) : same_text(holder->uuid, node->uuid)))
			return node;
	}
	return NULL;
}

int present_holder_open(struct context *ctx, const struct layout *present, const struct node *holder, int *ret_fd, char **ret_path)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	struct loop_device loop = LOOP_DEVICE_NONE;
	AUTO_CLOSE int fd = -1;
	struct stretch stretch;
	int r;

	if (!layout_stretch(present, holder, &stretch) || !stretch.holder->device)
		return volume_look_can(present, holder) ? volume_look(ctx, present, holder, ret_fd, ret_path) : -ENODEV;
	fd = open(stretch.holder->device, O_RDONLY | O_CLOEXEC);
	r = fd < 0 ? -errno : loop_device_open_part(fd, layout_sector_of(present, stretch.holder), stretch.start, stretch.size, &loop);
	if (r == 0) {
		*ret_path = strdup(loop.path);
		*ret_fd = fcntl(loop.fd, F_DUPFD_CLOEXEC, 0);
		r = !*ret_path ? -ENOMEM : *ret_fd < 0 ? -errno : 0;
	}
	if (r < 0 && *ret_path)
		free(TAKE_POINTER(*ret_path));
	loop_device_leave(&loop);
	return r;
}
