/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "probe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../devices/mount_picture.h"
#include "../devices/multipath.h"
#include "../devices/partitions.h"
#include "../devices/sysfs.h"
#include "../superblocks/extent.h"
#include "probe_content.h"
#include "probe_disk.h"
#include "probe_lvm.h"
#include "probe_mount.h"
#include "probe_nodes.h"
#include "probe_stack.h"
#include "probe_whole.h"

/* What is asked, and the picture of mounts that answers it. */
struct request {
	const struct probe_options *options;
	struct mount_tree *own;
	const struct mount_tree *mounts; /* the caller's or OWN; NULL: not needed yet */
};

/* Devices that are no disks of the machine: memory, images, discs, floppies, network blocks, and what is built of disks. A disk that is reached by
 * several paths is the map of them, and no path of it. */
static bool is_no_disk(struct context *ctx, const char *name)
{
	static const char *const others[] = { "loop", "ram", "zram", "nbd", "sr", "fd", "dm-", "md", "mtdblock", "bcache", "zd" };
	AUTO_FREE char *directory = NULL, *map = NULL;

	if (multipath_is_map(ctx, name))
		return false;
	for (size_t i = 0; i < ARRAY_LENGTH(others); i++) {
		size_t length = strlen(others[i]);

		if (!strncmp(name, others[i], length) && name[length] >= '0' && name[length] <= '9')
			return true;
	}
	/* The boot areas of an eMMC chip hold firmware. */
	if (!strncmp(name, "mmcblk", 6) && (strstr(name, "boot") || strstr(name, "rpmb")))
		return true;
	/* One of several paths to an NVMe disk; the disk itself is listed too. */
	directory = block_directory(ctx, name);
	return (directory && sysfs_number(ctx, directory, "hidden", 0)) || (multipath_map_of(ctx, name, &map) == 0 && map);
}

/* The disk that the device NAME stands for: the map, of one of its paths; NULL: NAME is a partition. 0 or -errno. */
static int disk_named(struct context *ctx, const char *name, char **ret)
{
	AUTO_FREE char *whole = NULL;
	int r = block_whole(ctx, name, &whole);

	*ret = NULL;
	if (r < 0 || (whole && strcmp(whole, name)))
		return r;
	r = multipath_map_of(ctx, name, ret);
	if (r == 0 && !*ret && !(*ret = strdup(name)))
		r = -ENOMEM;
	return r;
}

/* Adds the disks that were named by their device nodes. */
static int add_devices(struct context *ctx, const char *const *devices, char ***names)
{
	for (; devices && *devices; devices++) {
		AUTO_FREE char *name = NULL, *directory = NULL, *disk = NULL;
		int r = block_name_of_node(ctx, *devices, &name);

		if (r == 0 && name)
			r = disk_named(ctx, name, &disk);

		if (r < 0)
			return r == -ENOMEM ? r : context_fail(ctx, -r, "what %s is cannot be read from /sys: %s", *devices, strerror(-r));
		directory = name ? block_directory(ctx, name) : NULL;
		if (!directory)
			return context_fail(ctx, ENODEV, "%s is no block device of this machine", *devices);
		if (!disk)
			return context_fail(ctx, EINVAL, "%s is a partition; the whole disk must be named", *devices);
		if (!sysfs_number(ctx, directory, "size", 0))
			return context_fail(ctx, ENOMEDIUM, "%s has no medium, or it is empty; insert one, or name another disk", *devices);
		if (!strv_contains(*names, disk) && strv_append(names, disk))
			return -ENOMEM;
	}
	return 0;
}

/* Adds every disk of the machine. */
static int add_all_disks(struct context *ctx, char ***names)
{
	AUTO_STRV char **all = NULL;
	int r = sysfs_list(ctx, "/sys/block", &all);

	if (r < 0)
		return r == -ENOMEM ? r : context_fail(ctx, -r, "The list of disks cannot be read from /sys/block: %s", strerror(-r));
	for (char **name = all; name && *name && !r; name++) {
		for (char *c = *name; *c; c++)
			if (*c == '!')
				*c = '/';
		if (!is_no_disk(ctx, *name))
			r = strv_append(names, *name);
	}
	return r;
}

/* ROOT without symlinks and dots, as the mount table writes paths; a captured machine's is taken as it is. */
static char *clean_root(const struct context *ctx, const char *root)
{
	return *ctx->prefix ? strdup(root) : realpath(root, NULL);
}

/* The picture that is asked: the caller's, or one of this moment. */
static int get_mounts(struct context *ctx, struct request *request)
{
	const struct probe_options *options = request->options;
	AUTO_FREE char *root = request->mounts ? NULL : clean_root(ctx, options->root ? options->root : "/");
	int r;

	if (request->mounts)
		return 0;
	if (!root)
		return context_fail(ctx, errno, "%s cannot be opened: %s", options->root, strerror(errno));
	r = mount_tree_read(ctx, root, &request->own);
	request->mounts = request->own;
	return r;
}

/* Kernel names of the disks to look at. */
static int choose_disks(struct context *ctx, struct request *request, char ***ret)
{
	const struct probe_options *options = request->options;
	AUTO_STRV char **names = NULL;
	bool is_mount;
	int r = 0;

	if (options->root) {
		r = get_mounts(ctx, request);
		if (!r)
			r = probe_disks_of_root(ctx, request->mounts, &names, &is_mount);
		if (!r && is_mount)
			*ret = TAKE_POINTER(names);
		return r;
	}
	if (!options->only_devices)
		r = add_all_disks(ctx, &names);
	if (!r)
		r = add_devices(ctx, options->devices, &names);
	if (!r)
		*ret = TAKE_POINTER(names);
	return r;
}

/* The 440 bytes before the disk id of an MBR. */
static bool has_boot_code(const struct extent *extent)
{
	unsigned char code[440];

	if (extent_read(extent, 0, code, sizeof(code)))
		return false;
	for (size_t i = 0; i < sizeof(code); i++)
		if (code[i])
			return true;
	return false;
}

static int probe_disk(struct probe *probe, const char *name)
{
	size_t number = 0;
	AUTO_FREE char *id = NULL, *path = NULL;
	AUTO_CLOSE int fd = -1;
	struct node *disk;
	uint64_t size;
	int r = block_size(probe->ctx, name, &size);

	if (r < 0)
		return r == -ENOMEM ? r : context_fail(probe->ctx, -r, "what %s is cannot be read from /sys: %s", name, strerror(-r));
	/* Without a medium in it, it is not a disk one could use or save. */
	if (!size)
		return 0;
	for (size_t i = 0; i < probe->layout->count; i++)
		number += probe->layout->nodes[i]->type == NODE_DISK;
	id = text_format("disk:%zu", number);
	disk = id ? probe_add(probe->layout, NODE_DISK, id, NULL) : NULL;
	if (!disk || probe_remember(probe, name, disk))
		return -ENOMEM;
	r = probe_disk_identity(probe->ctx, name, disk);
	if (r)
		return r;
	if (!probe_disk_answers(probe->ctx, name)) {
		context_warn(probe->ctx, "no path to the disk %s works; its content is taken as unknown", name);
		return probe_add_unknown(probe, disk);
	}
	fd = block_open(probe->ctx, disk->device, &path);
	if (fd < 0) {
		context_warn(probe->ctx, "disk %s cannot be read: %s; its content is taken as unknown", name, strerror(errno));
		return probe_add_unknown(probe, disk);
	}
	disk->disk.boot_code = has_boot_code(&(struct extent){ .fd = fd, .size = disk->size });
	return probe_whole(probe, disk, &disk->disk, path, fd);
}

static void add_used(const struct layout *layout, struct node *node)
{
	struct node *child;

	for (size_t at = 0; (child = layout_next_child(layout, node->id, NODE_TYPE_COUNT, &at));)
		if (child->type != NODE_SUBVOLUME && child->type != NODE_MOUNT)
			node->used += child->used;
}

/* What the contents use, summed up for what they lie on; never more than there is. */
static void sum_used(struct layout *layout)
{
	for (size_t i = layout->count; i-- > 0;) {
		struct node *node = layout->nodes[i];

		if (node->type == NODE_DISK || node->type == NODE_PARTITION)
			add_used(layout, node);
		if (node->size && node->used > node->size)
			node->used = node->size;
	}
}

static int probe_all(struct probe *probe, struct request *request, char *const *names)
{
	int r = 0;

	for (; !r && names && *names; names++) {
		r = context_check_cancel(probe->ctx);
		if (!r)
			r = probe_disk(probe, *names);
	}
	if (!r)
		r = probe_stack(probe);
	if (!r)
		r = get_mounts(probe->ctx, request);
	if (!r)
		r = probe_mounts(probe, request->mounts, request->options->used);
	if (!r)
		r = probe_swaps(probe);
	return r;
}

int layout_probe(struct context *ctx, const struct probe_options *options, struct layout **ret)
{
	AUTO_LAYOUT struct layout *layout = layout_new();
	AUTO_STRV char **names = NULL;
	struct probe probe = { .ctx = ctx, .layout = layout, .nodes = json_object() };
	struct request request = { .options = options, .mounts = options->mounts };
	int r = layout && probe.nodes ? 0 : -ENOMEM;

	if (!r)
		r = choose_disks(ctx, &request, &names);
	if (!r && names)
		r = probe_all(&probe, &request, names);
	json_decref(probe.nodes);
	mount_tree_free(request.own);
	probe_lvm_done(&probe);
	/* One that got a member found later lies behind all of them. */
	if (!r)
		r = layout_sort(layout);
	if (r == -ENOMEM)
		return context_oom(ctx);
	if (r)
		return r;
	sum_used(layout);
	/* What is stored must be readable again: a layout that breaks the rules is found now, not after the disaster. */
	r = layout_check(ctx, layout);
	if (r)
		return r;
	*ret = TAKE_POINTER(layout);
	return 0;
}
