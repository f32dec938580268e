/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "probe_mount.h"

#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>

#include "../devices/disks_beneath.h"
#include "../devices/kernel_tables.h"
#include "../devices/mount_kinds.h"
#include "../devices/sysfs.h"
#include "probe_subvolume.h"

static struct node *subvolume_at(const struct layout *layout, const struct node *filesystem, const char *path)
{
	struct node *node;

	for (size_t at = 0; (node = layout_next_child(layout, filesystem->id, NODE_SUBVOLUME, &at));)
		if (!strcmp(node->subvolume.path, path))
			return node;
	return NULL;
}

static bool has_children(const struct layout *layout, const struct node *node, enum node_type type)
{
	return layout_child(layout, node->id, type, 0) != NULL;
}

/* What an entry mounts: the filesystem, a subvolume of it, or NULL for a directory bound elsewhere. */
static int mounted_node(struct probe *probe, struct node *filesystem, const struct mount_entry *entry, struct node **ret)
{
	bool is_btrfs = !strcmp(entry->kind, "btrfs");
	int r = 0;

	if (is_btrfs && !*probe->ctx->prefix && !has_children(probe->layout, filesystem, NODE_SUBVOLUME))
		r = probe_subvolumes(probe->ctx, probe->layout, filesystem, entry->path);
	*ret = NULL;
	if (!strcmp(entry->root, "/"))
		*ret = filesystem;
	else if (is_btrfs && entry->root[0] == '/')
		*ret = subvolume_at(probe->layout, filesystem, entry->root + 1);
	return r;
}

static void take_used(const struct probe *probe, struct node *filesystem, const char *path)
{
	struct statvfs st;

	if (*probe->ctx->prefix || statvfs(path, &st) || st.f_bfree > st.f_blocks)
		return;
	filesystem->used = (uint64_t)(st.f_blocks - st.f_bfree) * st.f_frsize;
	if (node_property(filesystem, "used_inodes") && st.f_ffree <= st.f_files)
		(void)node_number_set(filesystem, "used_inodes", st.f_files - st.f_ffree);
}

/* How owners and modes of a vfat show, and whether a btrfs compresses, is decided here. */
static int take_options(struct node *filesystem, const char *options)
{
	for (const char *c = options; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return 0;
	return *options ? node_property_set(filesystem, "mount_options", options) : 0;
}

static int add_mount(struct probe *probe, struct node *on, const struct mount_entry *entry, const char *path)
{
	AUTO_FREE char *id = NULL;
	struct node *node;
	size_t number = 0;

	for (size_t i = 0; i < probe->layout->count; i++)
		number += probe->layout->nodes[i]->type == NODE_MOUNT;
	id = text_format("mount:%zu", number);
	node = id ? probe_add(probe->layout, NODE_MOUNT, id, on->id) : NULL;
	if (!node)
		return -ENOMEM;
	node->mount.path = strdup(path);
	node->mount.options = strdup(entry->options);
	return node->mount.path && node->mount.options ? 0 : -ENOMEM;
}

/* The content that lies on device NAME. */
static struct node *content_of(const struct probe *probe, const char *name, enum node_type type)
{
	struct node *device = name ? probe_node_of(probe, name) : NULL;

	return device ? layout_child(probe->layout, device->id, type, 0) : NULL;
}

/* A mounted filesystem that the layout cannot hold must not be missed silently. */
static void say_unknown(const struct probe *probe, const struct mount_entry *entry)
{
	AUTO_FREE char *path = bytes_escape(entry->path, strlen(entry->path));

	if (!entry->device || !path)
		return;
	if (!strncmp(entry->device, "dm-", 3) || !strncmp(entry->device, "md", 2) || !strncmp(entry->device, "bcache", 6))
		context_warn(probe->ctx, "%s lies on %s, an array or volume that this version of Lifeboat cannot describe", path,
			     entry->device);
	else
		context_debug(probe->ctx, "%s on %s is not on a disk of the layout", path, entry->device);
}

static int take_mount(struct probe *probe, const struct mount_point *point, bool used)
{
	const struct mount_entry *entry = point->entry;
	struct node *filesystem = content_of(probe, entry->device, NODE_FILESYSTEM), *on;
	AUTO_FREE char *path = strcmp(point->path, ".") ? text_format("/%s", point->path) : strdup("/");
	int r;

	if (!path)
		return -ENOMEM;
	if (!filesystem) {
		say_unknown(probe, entry);
		return 0;
	}
	r = mounted_node(probe, filesystem, entry, &on);
	/* A directory bound from elsewhere. */
	if (r || !on || has_children(probe->layout, on, NODE_MOUNT))
		return r;
	if (used)
		take_used(probe, filesystem, entry->path);
	r = take_options(filesystem, entry->superblock_options);
	return r ? r : add_mount(probe, on, entry, path);
}

int probe_mounts(struct probe *probe, const struct mount_tree *mounts, bool used)
{
	const struct mount_point *point;
	int r = 0;

	for (size_t i = 0; !r && (point = mount_tree_point(mounts, i)); i++)
		if (point->path && point->is_mount && point->choice == MOUNT_WALK && point->entry->device)
			r = take_mount(probe, point, used);
	return r;
}

/* A whole filesystem, or a part of a btrfs, of the machine that lies at and below the root; not a directory bound from elsewhere. */
static bool is_filesystem_of(const struct context *ctx, const struct mount_tree *mounts, const struct mount_entry *entry)
{
	bool whole = !strcmp(entry->root, "/") || !strcmp(entry->kind, "btrfs");

	return entry->device && whole && mount_tree_relative(mounts, entry->path) && mount_is_on_disk(entry) &&
	       !mount_is_image(ctx, entry, mount_tree_root(mounts));
}

int probe_disks_of_root(struct context *ctx, const struct mount_tree *mounts, char ***disks, bool *is_mount)
{
	const struct mount_point *root = mount_tree_at(mounts, ".");
	const struct mount_entry *entry;
	int r = 0;

	*is_mount = root && root->is_mount && root->entry->device && (!strcmp(root->part, "/") || !strcmp(root->entry->kind, "btrfs"));
	/* What stands on a disk whose mount is hidden is captured like what is not mounted. */
	for (size_t i = 0; !r && (entry = mount_tree_entry(mounts, i)); i++)
		if (is_filesystem_of(ctx, mounts, entry))
			r = filesystem_disks(ctx, entry->device, false, disks);
	return r;
}

int probe_swaps(struct probe *probe)
{
	AUTO_LIBMNT_TABLE struct libmnt_table *swaps = NULL;
	AUTO_LIBMNT_ITER struct libmnt_iter *iterator = mnt_new_iter(MNT_ITER_FORWARD);
	struct libmnt_fs *used = NULL;
	int r = iterator ? kernel_swaps_read(probe->ctx, &swaps) : -ENOMEM;

	while (r == 0 && mnt_table_next_fs(swaps, iterator, &used) == 0) {
		AUTO_FREE char *name = NULL;
		struct node *swap;

		r = kernel_swap_is_device(used) ? block_name_of_node(probe->ctx, mnt_fs_get_source(used), &name) : 0;
		if (r < 0)
			return r == -ENOMEM ? r : context_fail(probe->ctx, -r, "the device of the swap %s cannot be read from /sys: %s",
							       mnt_fs_get_source(used), strerror(-r));
		swap = content_of(probe, name, NODE_SWAP);
		/* Swap in use counts as one page at least, so that it differs from swap at rest. */
		if (swap)
			swap->used = mnt_fs_get_usedsize(used) > 0 ? (uint64_t)mnt_fs_get_usedsize(used) * 1024 : 4096;
	}
	return r;
}
