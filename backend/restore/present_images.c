/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "present_images.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../layout/image.h"
#include "present_holder.h"
#include "unmounted_trees.h"

void present_images_done(struct present_images *images)
{
	image_devices_free(images->devices);
	layout_free(images->captured);
	strv_free(images->missing);
	*images = (struct present_images){ 0 };
}

/* Whether the filesystem of the image NODE has images of other devices, too. */
static bool is_of_several(const struct layout *captured, const struct node *node)
{
	for (size_t i = 0; node->uuid && i < captured->count; i++)
		if (captured->nodes[i] != node && node_image(captured->nodes[i]) && captured->nodes[i]->uuid &&
		    !strcmp(captured->nodes[i]->uuid, node->uuid) && !strcmp(captured->nodes[i]->filesystem.kind, node->filesystem.kind))
			return true;
	return false;
}

/* The image NODE on the disks of PRESENT: a descriptor, or -errno; -ENOENT: it is on none. */
static int open_present(struct context *ctx, const struct layout *captured, const struct node *node, const struct layout *present)
{
	const struct node *found = is_of_several(captured, node) ? NULL : unmounted_trees_find(present, node);
	AUTO_FREE char *path = NULL;
	int fd, r;

	if (!found)
		found = present_holder_find(captured, layout_find(captured, node->on[0]), present);
	if (!found)
		return -ENOENT;
	if (!found->device) {
		r = present_holder_open(ctx, present, found, &fd, &path);
		return r < 0 ? r : fd;
	}
	fd = open(found->device, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

/* Which blocks of DEVICE are compared. 1, or -errno. */
static int read_map(struct context *ctx, struct image_device *device)
{
	const struct node *node = device->node;
	AUTO_FREE char *what = NULL, *why = NULL;
	int r = image_has_unused(node) || image_has_partclone_map(node) ? image_map_read(ctx, device, &why) : 0;

	if (r < 0)
		return r;
	what = node_describe(node);
	/* On the disks of a restore unused blocks are the zeros that the set has in their place; on those that were captured they are not. Blocks
	 * of NTFS that do not tell what they use differ. */
	if (why && image_has_partclone_map(node))
		context_info(ctx, "Of the image of the %s all blocks are compared, and those that were not used may differ: which are used is not "
				  "known, because %s", what ? what : node->id, why);
	return 1;
}

static int open_image(struct context *ctx, struct present_images *images, const struct layout *present, const struct node *node,
		      struct image_device *device)
{
	int fd = present ? open_present(ctx, images->captured, node, present) : -ENOENT;
	AUTO_FREE char *what = NULL, *line = NULL;

	if (fd >= 0) {
		device->fd = fd;
		device->node = node;
		return read_map(ctx, device);
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
