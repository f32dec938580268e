/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "images.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>

#include "../filesystems/foreign.h"
#include "../filesystems/mkfs.h"
#include "../layout/image.h"
#include "../storage/detached_mount.h"
#include "../storage/image_map.h"
#include "blank.h"
#include "content_describe.h"
#include "contents.h"
#include "image_take.h"
#include "images_spread.h"
#include "left_out.h"
#include "report.h"
#include "walk_directories.h"
#include "walk_files.h"

/* Kinds that could be made, were there a driver to read their files; of servers' kernels many have none. */
static bool has_no_driver(const char *kind)
{
	return (!strcmp(kind, "exfat") || !strcmp(kind, "f2fs")) && !detached_mount_knows(kind);
}

/* Whether the device of NODE holds all of it. */
static bool is_whole(const struct node *node)
{
	static const char *const more[] = { "external_journal", "external_log", "realtime", "several_devices", "truncated" };

	for (size_t i = 0; i < ARRAY_LENGTH(more); i++)
		if (node_property(node, more[i]))
			return false;
	return node->device && !node->on[1] && (!node_property(node, "devices") || node_number(node, "devices") == 1);
}

/* A filesystem of a kind that is not made here, or not read, though its place is. Members of pools and arrays of others are not whole by
 * themselves. */
static bool is_foreign_filesystem(const struct layout *layout, const struct node *node)
{
	AUTO_FREE char *why = NULL;

	return node->type == NODE_FILESYSTEM && is_whole(node) &&
	       (!mkfs_kind_find(node->filesystem.kind) || has_no_driver(node->filesystem.kind) || node_property(node, "unknown_features")) &&
	       !foreign_refuse(node->filesystem.kind, &why) && !layout_child(layout, node->id, NODE_TYPE_COUNT, 0) &&
	       !content_is_snapshot(layout, node);
}

static int lose(struct capture *capture, const struct node *node, char *reason)
{
	AUTO_FREE char *what = content_describe(capture->manifest->layout, node);
	int r = what && reason ? capture_lose(capture, what, reason) : -ENOMEM;

	if (r == 0)
		r = strv_append(&capture->closed, node->id);
	free(reason);
	return r;
}

static int say_closed(struct capture *capture, const struct node *node, int error, const char *writer)
{
	const char *shown = content_shown_at(capture, node);
	AUTO_FREE char *path = shown ? bytes_escape(shown, strlen(shown)) : NULL;

	if (writer)
		return lose(capture, node, sentence("%s has it open for writing, so no image of it would be of one moment: it does not come back. End that, "
						    "and capture again; or leave it out with --exclude-device %s", writer, node->device));
	if (error == -EBUSY && path)
		return lose(capture, node, sentence("it is mounted read-write at /%s, where it is not looked into, so no image of it would be of one "
						    "moment: it does not come back. Unmount it, or mount it read-only, and capture again; or leave it "
						    "out with --exclude-device %s", path, node->device));
	if (error == -EBUSY)
		return lose(capture, node, sentence("it is in use, so no image of it would be of one moment: it does not come back. End what uses it, "
						    "and capture again; or leave it out with --exclude-device %s", node->device));
	return lose(capture, node, sentence("it cannot be read (%s): it does not come back", strerror(-error)));
}

static int add(struct capture *capture, struct node *node)
{
	AUTO_FREE char *writer = NULL;
	uint64_t end = 0;
	int fd = image_open_still(capture, node, &writer, &end);

	return fd < 0 ? say_closed(capture, node, fd, writer) : image_take(capture, node, fd, end);
}

/* Content without a name. 0, also where there is none. */
static int add_unrecognized(struct capture *capture, const struct node *holder)
{
	struct layout *layout = capture->manifest->layout;
	AUTO_CLOSE int fd = open(holder->device, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	AUTO_FREE char *id = NULL;
	off_t end = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
	struct node *node;

	/* What cannot be read at all is told with the contents; of what has bad sectors the rest is worth having. */
	if (end <= 0 || content_is_blank(fd, 0, (uint64_t)end) == 1 || !content_can_be_read(fd, (uint64_t)end))
		return 0;
	id = text_format("fs:%s", holder->id);
	node = id ? layout_add(layout, NODE_FILESYSTEM, id) : NULL;
	if (!node || strv_append(&node->on, holder->id) < 0)
		return -ENOMEM;
	node->filesystem.kind = strdup(FILESYSTEM_UNKNOWN);
	node->device = strdup(holder->device);
	node->size = holder->size ? holder->size : (uint64_t)end;
	return node->filesystem.kind && node->device ? add(capture, node) : -ENOMEM;
}

int images_open(struct capture *capture)
{
	struct layout *layout = capture->manifest->layout;
	size_t count = layout->count;
	int r = 0;

	/* Devices of another machine are only told of. */
	if (*capture->ctx->prefix)
		return 0;
	for (size_t i = 0; r == 0 && i < count; i++) {
		struct node *node = layout->nodes[i];

		if (left_out_has(capture, node))
			continue;
		if (is_foreign_filesystem(layout, node) && image_place_is_recreated(layout, layout_find(layout, node->on[0])))
			r = add(capture, node);
		else if (node->device && content_may_be_unrecognized(layout, node) && image_place_is_recreated(layout, node))
			r = add_unrecognized(capture, node);
	}
	if (r == 0)
		r = layout_check(capture->ctx, layout);
	return r == -ENOMEM ? context_oom(capture->ctx) : r;
}

int images_take(struct capture *capture, struct node *node)
{
	const struct layout *layout = capture->manifest->layout;
	AUTO_FREE char *writer = NULL;
	uint64_t end = 0;
	int fd = -EINVAL;

	if (layout_child(layout, node->id, NODE_TYPE_COUNT, 0))
		return 0;
	if (images_spread_is(node))
		return images_spread_take(capture, node);
	if (is_whole(node) && image_place_is_recreated(layout, layout_find(layout, node->on[0])))
		fd = image_open_still(capture, node, &writer, &end);
	if (fd < 0)
		return 0;
	fd = image_take(capture, node, fd, end);
	return fd < 0 ? fd : 1;
}

/* Bytes of the image's part from FROM to END that may be in the set. */
static uint64_t bytes_between(const struct image_device *device, uint64_t from, uint64_t end)
{
	uint64_t start, length, bytes = 0;

	for (uint64_t at = from; image_map_run(device, at, end, &start, &length); at = start + length)
		bytes += length;
	return bytes;
}

void images_used(const struct capture *capture, uint64_t *bytes, uint64_t *files)
{
	for (size_t i = 0; i < capture->image_count; i++) {
		*bytes += bytes_between(&capture->images[i], 0, capture->images[i].node->size);
		*files += image_part_count(capture->images[i].node);
	}
}

/* ---- the parts ---- */

static int emit_directory(struct walker *walker, const char *path)
{
	const struct stat st = { .st_mode = S_IFDIR | 0700, .st_mtim.tv_sec = time(NULL) };

	return walk_emit_directory(walker, path, &st, -1);
}

static int push_part(struct walker *walker, const struct image_device *device, uint64_t part)
{
	uint64_t from = part * IMAGE_PART_BYTES;
	struct item *item;
	int r;

	item = walk_item(walker, bytes_between(device, from, from + image_part_size(device->node, part)), &r);
	if (!item)
		return r;
	item->image = device;
	item->piece = part;
	item->entry.path = image_part_path(device->node, part);
	item->entry.mode = S_IFREG | 0600;
	item->entry.mtime.tv_sec = time(NULL);
	item->entry.size = image_part_size(device->node, part);
	return item->entry.path ? 0 : -ENOMEM;
}

static int walk_image(struct walker *walker, const struct image_device *device)
{
	AUTO_FREE char *directory = text_format(LAYOUT_IMAGES_NAME "/%s", node_image(device->node));
	int r = directory ? emit_directory(walker, directory) : -ENOMEM;

	for (uint64_t part = 0; r == 0 && part < image_part_count(device->node); part++) {
		r = context_check_cancel(walker->capture->ctx);
		if (r == 0)
			r = push_part(walker, device, part);
	}
	return r;
}

int images_walk(struct walker *walker)
{
	const struct capture *capture = walker->capture;
	int r = capture->image_count ? emit_directory(walker, LAYOUT_IMAGES_NAME) : 0;

	for (size_t i = 0; r == 0 && i < capture->image_count; i++)
		r = walk_image(walker, &capture->images[i]);
	return r;
}
