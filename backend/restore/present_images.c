/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "present_images.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../layout/image.h"
#include "../layout/stretch.h"
#include "../storage/loop_device.h"
#include "../storage/volume_look.h"
#include "unmounted_trees.h"

void present_images_done(struct present_images *images)
{
	image_devices_free(images->devices);
	layout_free(images->captured);
	strv_free(images->missing);
	*images = (struct present_images){ 0 };
}

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

/* What of PRESENT is HOLDER, of CAPTURED; NULL: it is not there. */
static const struct node *same_holder(const struct layout *captured, const struct node *holder, const struct layout *present)
{
	for (size_t i = 0; i < present->count; i++) {
		const struct node *node = present->nodes[i];

		if (node->type == holder->type &&
		    (node->type == NODE_PARTITION ? is_same_partition(captured, holder, present, node) : same_text(holder->uuid, node->uuid)))
			return node;
	}
	return NULL;
}

/* What NODE holds, which is not assembled or active, for reading: a descriptor, or -errno. */
static int open_beneath(struct context *ctx, const struct layout *present, const struct node *node)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	struct loop_device loop = LOOP_DEVICE_NONE;
	AUTO_FREE char *mapped = NULL;
	AUTO_CLOSE int fd = -1;
	struct stretch stretch;
	int r;

	if (!layout_stretch(present, node, &stretch) || !stretch.holder->device) {
		r = volume_look_can(present, node) ? volume_look(ctx, present, node, &fd, &mapped) : -ENODEV;
		return r < 0 ? r : TAKE_FD(fd);
	}
	fd = open(stretch.holder->device, O_RDONLY | O_CLOEXEC);
	r = fd < 0 ? -errno : loop_device_open_part(fd, layout_sector_of(present, stretch.holder), stretch.start, stretch.size, &loop);
	/* The loop device lasts as long as this one is open. */
	if (r == 0 && (r = fcntl(loop.fd, F_DUPFD_CLOEXEC, 0)) < 0)
		r = -errno;
	loop_device_leave(&loop);
	return r;
}

/* The image NODE on the disks of PRESENT: a descriptor, or -errno; -ENOENT: it is on none. */
static int open_present(struct context *ctx, const struct layout *captured, const struct node *node, const struct layout *present)
{
	const struct node *found = unmounted_trees_find(present, node);
	int fd;

	if (!found)
		found = same_holder(captured, layout_find(captured, node->on[0]), present);
	if (!found)
		return -ENOENT;
	if (!found->device)
		return open_beneath(ctx, present, found);
	fd = open(found->device, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

static int open_image(struct context *ctx, struct present_images *images, const struct layout *present, const struct node *node,
		      struct image_device *device)
{
	int fd = present ? open_present(ctx, images->captured, node, present) : -ENOENT;
	AUTO_FREE char *what = NULL, *line = NULL;

	if (fd >= 0) {
		device->fd = fd;
		device->node = node;
		/* Blocks that do not tell what they use differ. */
		return image_has_unused(node) && image_map_read(device) == -ENOMEM ? -ENOMEM : 1;
	}
	what = node_describe(node);
	line = sentence("the image of the %s: %s", what ? what : node->id,
			fd == -ENOENT || fd == -ENODEV ? sentence_words(N_("it is on no disk here")) : strerror(-fd));
	return line ? strv_append(&images->missing, line) : -ENOMEM;
}

int present_images_open(struct context *ctx, const struct layout *captured, const struct layout *present, struct present_images *ret)
{
	size_t count = 0;
	int r = 0;

	*ret = (struct present_images){ .devices = calloc(captured->count + 1, sizeof(*ret->devices)) };
	if (!ret->devices)
		return context_oom(ctx);
	if (!layout_has_images(captured))
		return 0;
	r = layout_copy(ctx, captured, &ret->captured);
	for (size_t i = 0; r >= 0 && ret->captured && i < ret->captured->count; i++) {
		if (!node_image(ret->captured->nodes[i]))
			continue;
		r = open_image(ctx, ret, present, ret->captured->nodes[i], &ret->devices[count]);
		count += r == 1;
	}
	return r == -ENOMEM ? context_oom(ctx) : r < 0 ? r : 0;
}
