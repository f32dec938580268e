/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "content_mounts.h"

#include <errno.h>
#include <string.h>

#include "../devices/mount_kinds.h"
#include "../devices/sysfs.h"
#include "parts.h"
#include "report.h"

static const struct node *mount_at(const struct layout *layout, const char *path)
{
	for (size_t i = 0; i < layout->count; i++)
		if (layout->nodes[i]->type == NODE_MOUNT && !strcmp(layout->nodes[i]->mount.path, path))
			return layout->nodes[i];
	return NULL;
}

bool content_is_walked(const struct capture *capture, const char *path)
{
	return !path[1] || volumes_at(capture->volumes, path + 1);
}

/* "dm-0 (LVM volume vg-root)". New string. */
static char *device_words(const struct capture *capture, const char *device)
{
	AUTO_FREE char *directory = block_directory(capture->ctx, device);
	AUTO_FREE char *name = directory ? sysfs_text(capture->ctx, directory, "dm/name") : NULL;
	AUTO_FREE char *uuid = directory ? sysfs_text(capture->ctx, directory, "dm/uuid") : NULL;

	if (name && uuid && !strncmp(uuid, "LVM-", 4))
		return sentence("%s (LVM volume %s)", device, name);
	if (name && uuid && !strncmp(uuid, "CRYPT-", 6))
		return sentence("%s (encrypted volume %s)", device, name);
	if (name)
		return sentence("%s (volume %s)", device, name);
	return !strncmp(device, "md", 2) ? sentence("%s (RAID array)", device) : strdup(device);
}

/* Whether the filesystem on the block device (kernel name) comes back as one. */
static bool is_in_layout(const struct layout *layout, const char *device)
{
	for (size_t i = 0; i < layout->count; i++) {
		const struct node *node = layout->nodes[i], *on = node->type == NODE_FILESYSTEM ? layout_find(layout, node->on[0]) : NULL;

		if (on && on->device && !strcmp(strrchr(on->device, '/') + 1, device))
			return true;
	}
	return false;
}

static bool is_array_or_volume(const char *device)
{
	return !strncmp(device, "dm-", 3) || !strncmp(device, "md", 2) || !strncmp(device, "bcache", 6);
}

/* A filesystem that is captured, but lies on nothing the layout knows. PATH: absolute, below the root. */
static int tell_mount(struct capture *capture, const struct mount_point *point, const char *path)
{
	const struct mount_entry *entry = point->entry;
	AUTO_FREE char *device = entry->device ? device_words(capture, entry->device) : strdup(entry->source);
	AUTO_FREE char *part = bytes_escape(point->part, strlen(point->part)), *reason = NULL;

	if (!part)
		return -ENOMEM;
	if (path[1] && point->part[1] && entry->device && !is_array_or_volume(entry->device))
		reason = sentence("it is the directory %s of %s (%s), a disk of which nothing else is captured: its files are in the set and come "
				     "back on the filesystem of the directory above; the rest of that disk does not come back. Mount all of it "
				     "below the captured directory, and capture again", part, device, entry->kind);
	else if (!path[1] && point->part[1] && (!capture->manifest->layout->count || is_in_layout(capture->manifest->layout, entry->device)))
		reason = sentence("the root is the directory %s of %s (%s), and this version of Lifeboat cannot recreate a root that is a part "
				     "of a filesystem: no machine can be restored from this set, only files into a directory (lifeboat restore "
				     "--to)", part, device, entry->kind);
	else if (!path[1])
		reason = sentence("the root filesystem lies on %s (%s), which this version of Lifeboat cannot recreate: no machine can be "
				     "restored from this set, only files into a directory (lifeboat restore --to)", device, entry->kind);
	else
		reason = sentence("it lies on %s (%s), which this version of Lifeboat cannot recreate: its files are in the set and come "
				     "back on the filesystem of the directory above", device, entry->kind);
	return device && reason ? capture_lose(capture, path + 1, reason) : -ENOMEM;
}

int content_mounts_tell(struct capture *capture)
{
	const struct mount_point *point;
	int r = 0;

	for (size_t i = 0; r == 0 && (point = mount_tree_point(capture->mount_tree, i)); i++) {
		AUTO_FREE char *path = point->path && point->is_mount ? text_format("/%s", strcmp(point->path, ".") ? point->path : "") : NULL;

		if (!point->path || !point->is_mount)
			continue;
		if (!path)
			return -ENOMEM;
		if (point->choice != MOUNT_WALK || mount_at(capture->manifest->layout, path) || !content_is_walked(capture, path))
			continue;
		/* Without a layout only the root is worth a line. */
		if (path[1] && !capture->manifest->layout->count)
			continue;
		/* An image comes back as the file it is. */
		if (point->entry->device && path[1] && mount_is_image(capture->ctx, point->entry, capture->root))
			continue;
		/* A directory of a filesystem of the machine. */
		if (path[1] && point->entry->device && point->part[1] && is_in_layout(capture->manifest->layout, point->entry->device))
			continue;
		r = tell_mount(capture, point, path);
	}
	return r;
}
