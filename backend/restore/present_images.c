/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "present_images.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../layout/image.h"
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

/* GPT names a partition; an MBR has its own number. */
static bool is_same_partition(const struct layout *one, const struct node *a, const struct layout *two, const struct node *b)
{
	const struct node *disk_a = layout_disk_of(one, a), *disk_b = layout_disk_of(two, b);

	if (a->partition.uuid || b->partition.uuid)
		return same_text(a->partition.uuid, b->partition.uuid);
	return disk_a && disk_b && a->partition.number == b->partition.number && same_text(disk_a->disk.table_id, disk_b->disk.table_id);
}

/* The device of PRESENT that the image NODE of CAPTURED is on; NULL: none. */
static const char *find_device(const struct layout *captured, const struct node *node, const struct layout *present)
{
	const struct node *holder = layout_find(captured, node->on[0]), *found = unmounted_trees_find(present, node);

	for (size_t i = 0; !found && holder->type == NODE_PARTITION && i < present->count; i++)
		if (present->nodes[i]->type == NODE_PARTITION && present->nodes[i]->device &&
		    is_same_partition(captured, holder, present, present->nodes[i]))
			found = present->nodes[i];
	return found ? found->device : NULL;
}

static int open_image(struct present_images *images, const struct layout *present, const struct node *node, struct image_device *device)
{
	const char *name = present ? find_device(images->captured, node, present) : NULL;
	int fd = name ? open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
	int error = errno;
	AUTO_FREE char *what = NULL, *line = NULL;

	if (fd >= 0) {
		device->fd = fd;
		device->node = node;
		/* Blocks that do not tell what they use differ. */
		return image_has_unused(node) && image_map_read(device) == -ENOMEM ? -ENOMEM : 1;
	}
	what = node_describe(node);
	line = sentence("the image of the %s: %s", what ? what : node->id, name ? strerror(error) : sentence_words(N_("it is on no disk here")));
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
		r = open_image(ret, present, ret->captured->nodes[i], &ret->devices[count]);
		count += r == 1;
	}
	return r == -ENOMEM ? context_oom(ctx) : r < 0 ? r : 0;
}
