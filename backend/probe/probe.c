/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "probe_parts.h"
#include "sysfs.h"

struct node *probe_node_of(const struct probe *probe, const char *name)
{
	const char *id = json_string_value(json_object_get(probe->nodes, name));

	return id ? layout_find(probe->layout, id) : NULL;
}

int probe_remember(struct probe *probe, const char *name, const struct node *node)
{
	return json_object_set_new(probe->nodes, name, json_string(node->id)) ? -ENOMEM : 0;
}

struct node *probe_add(struct probe *probe, enum node_type type, const char *id, const char *on)
{
	struct node *node = layout_add(probe->layout, type, id);

	/* Copies of a disk carry the same UUID: what lies beneath tells them apart. */
	if (!node && errno == EEXIST && on) {
		AUTO_FREE char *other = text_format("%s@%s", id, on);

		node = other ? layout_add(probe->layout, type, other) : NULL;
	}
	if (node && on && strv_append(&node->on, on))
		return NULL;
	return node;
}

/* Devices that are no disks of the machine: memory, images, discs, floppies, network blocks, and what is built of disks. */
static bool is_no_disk(struct context *ctx, const char *name)
{
	static const char *const others[] = { "loop", "ram", "zram", "nbd", "sr", "fd", "dm-", "md", "mtdblock", "bcache", "zd" };
	AUTO_FREE char *directory = NULL;

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
	return !directory || sysfs_number(ctx, directory, "hidden", 0);
}

/* Adds the disks that were named by their device nodes. */
static int add_devices(struct context *ctx, const char *const *devices, char ***names)
{
	for (; devices && *devices; devices++) {
		AUTO_FREE char *name = block_name_of_node(ctx, *devices);
		AUTO_FREE char *directory = name ? block_directory(ctx, name) : NULL;

		if (!directory)
			return context_fail(ctx, ENODEV, "%s is no block device of this machine", *devices);
		if (sysfs_number(ctx, directory, "partition", 0))
			return context_fail(ctx, EINVAL, "%s is a partition; the whole disk must be named", *devices);
		if (!sysfs_number(ctx, directory, "size", 0))
			return context_fail(ctx, ENOMEDIUM, "%s has no medium, or it is empty; insert one, or name another disk", *devices);
		if (!strv_contains(*names, name) && strv_append(names, name))
			return -ENOMEM;
	}
	return 0;
}

/* Adds every disk of the machine. */
static int add_all_disks(struct context *ctx, char ***names)
{
	AUTO_STRV char **all = sysfs_list(ctx, "/sys/block");
	int r = all || errno == 0 || errno == ENOENT ? 0 :
		context_fail(ctx, errno, "The list of disks cannot be read from /sys/block: %s", strerror(errno));

	for (char **name = all; name && *name && !r; name++) {
		for (char *c = *name; *c; c++)
			if (*c == '!')
				*c = '/';
		if (!is_no_disk(ctx, *name))
			r = strv_append(names, *name);
	}
	return r;
}

/* Kernel names of the disks to look at. */
static int choose_disks(struct context *ctx, const struct probe_options *options, char ***ret)
{
	AUTO_STRV char **names = NULL;
	bool is_mount;
	int r = 0;

	if (options->root) {
		r = probe_disks_of_root(ctx, options, &names, &is_mount);
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

int probe_open(struct context *ctx, const char *device, char **ret_path)
{
	AUTO_FREE char *path = context_path(ctx, device);
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;

	if (ret_path)
		*ret_path = TAKE_POINTER(path);
	return fd;
}

int probe_add_unknown(struct probe *probe, struct node *on)
{
	const struct content unknown = { .unclear = true };
	const struct extent nothing = { .fd = -1, .size = on->size };

	return probe_add_content(probe, on, &unknown, &nothing);
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

static int probe_partition(struct probe *probe, const struct disk_info *disk, struct node *partition, int disk_fd)
{
	CLEANUP(content_done) struct content content = { 0 };
	struct extent extent = { .fd = disk_fd, .offset = partition->partition.start, .size = partition->size };
	AUTO_FREE char *device = block_partition_name(disk->name, partition->partition.number);
	AUTO_FREE char *directory = device ? block_directory(probe->ctx, device) : NULL;
	AUTO_CLOSE int fd = -1;
	int r;

	if (!device)
		return -ENOMEM;
	if (directory)
		partition->device = text_format("/dev/%s", device);
	if (partition->partition.role && !strcmp(partition->partition.role, "extended"))
		return 0;
	/* The partition's own node sees what a mounted filesystem has not written through yet; without one its disk will do. */
	if (partition->device)
		fd = probe_open(probe->ctx, partition->device, NULL);
	if (fd >= 0) {
		extent.fd = fd;
		extent.offset = 0;
	}
	r = probe_content(probe->ctx, &extent, CONTENT_SUPERBLOCK, disk->logical_sector, device, &content);
	if (!r && (content.type || content.unclear))
		r = probe_add_content(probe, partition, &content, &extent);
	return r;
}

static int probe_partitions(struct probe *probe, const struct node *on, const struct disk_info *disk, int fd)
{
	struct node *partition;
	int r = 0;

	for (size_t at = 0; !r && (partition = layout_next_child(probe->layout, on->id, NODE_PARTITION, &at));)
		r = probe_partition(probe, disk, partition, fd);
	return r;
}

/* An array that keeps its superblock at the end shows the table of what is on it: then the disk is a member, nothing else. Other
 * signatures beside a table are leftovers. */
static int probe_beside_table(struct probe *probe, struct node *on, const struct disk_info *disk, const struct extent *extent,
			      bool *ret_is_member)
{
	CLEANUP(content_done) struct content content = { 0 };
	int r = probe_content(probe->ctx, extent, CONTENT_SUPERBLOCK, disk->logical_sector, disk->name, &content);

	*ret_is_member = false;
	if (r || !content.type)
		return r;
	if (content.usage && !strcmp(content.usage, "raid")) {
		*ret_is_member = true;
		return probe_add_content(probe, on, &content, extent);
	}
	context_warn(probe->ctx, "disk %s carries both a partition table and a %s; the table is believed", disk->name,
		     content.type);
	return 0;
}

int probe_tabled(struct probe *probe, struct node *on, struct disk_info *info, const char *path, int fd)
{
	CLEANUP(content_done) struct content table = { 0 };
	CLEANUP(content_done) struct content content = { 0 };
	const struct extent extent = { .fd = fd, .size = on->size };
	uint32_t sector = info->logical_sector;
	bool is_member = false;
	int r;

	r = probe_content(probe->ctx, &extent, CONTENT_TABLE, sector, info->name, &table);
	if (!r && table.table && !table.unclear)
		r = probe_beside_table(probe, on, info, &extent, &is_member);
	if (r || is_member)
		return r;
	if (table.table && !table.unclear) {
		r = probe_table(probe, on, info, path);
		if (r > 0)
			return probe_partitions(probe, on, info, fd);
		if (r < 0)
			return r;
	}
	r = probe_content(probe->ctx, &extent, CONTENT_SUPERBLOCK, sector, info->name, &content);
	if (r)
		return r;
	/* A table that cannot be described is content all the same. */
	content.unclear |= !content.type && (table.table || table.unclear);
	return content.type || content.unclear ? probe_add_content(probe, on, &content, &extent) : 0;
}

static int probe_disk(struct probe *probe, const char *name)
{
	size_t number = 0;
	AUTO_FREE char *id = NULL, *path = NULL;
	AUTO_FREE char *directory = block_directory(probe->ctx, name);
	AUTO_CLOSE int fd = -1;
	struct node *disk;
	int r;

	/* Without a medium in it, it is not a disk one could use or save. */
	if (!directory || !sysfs_number(probe->ctx, directory, "size", 0))
		return 0;
	for (size_t i = 0; i < probe->layout->count; i++)
		number += probe->layout->nodes[i]->type == NODE_DISK;
	id = text_format("disk:%zu", number);
	disk = id ? probe_add(probe, NODE_DISK, id, NULL) : NULL;
	if (!disk || probe_remember(probe, name, disk))
		return -ENOMEM;
	r = probe_disk_identity(probe->ctx, name, disk);
	if (r)
		return r;
	fd = probe_open(probe->ctx, disk->device, &path);
	if (fd < 0) {
		context_warn(probe->ctx, "disk %s cannot be read: %s; its content is taken as unknown", name, strerror(errno));
		return probe_add_unknown(probe, disk);
	}
	disk->disk.boot_code = has_boot_code(&(struct extent){ .fd = fd, .size = disk->size });
	return probe_tabled(probe, disk, &disk->disk, path, fd);
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

static int probe_all(struct probe *probe, char *const *names)
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
		r = probe_mounts(probe);
	if (!r)
		r = probe_swaps(probe);
	return r;
}

int layout_probe_subvolumes(struct context *ctx, struct layout *layout, struct node *filesystem, const char *path)
{
	struct probe probe = { .ctx = ctx, .layout = layout };

	return probe_subvolumes(&probe, filesystem, path);
}

int layout_probe(struct context *ctx, const struct probe_options *options, struct layout **ret)
{
	AUTO_LAYOUT struct layout *layout = layout_new();
	AUTO_STRV char **names = NULL;
	struct probe probe = { .ctx = ctx, .options = options, .layout = layout, .nodes = json_object(), .mapped = json_object(),
			       .seen = json_object() };
	int r = layout && probe.nodes && probe.mapped && probe.seen ? 0 : -ENOMEM;

	if (!r)
		r = choose_disks(ctx, options, &names);
	if (!r && names)
		r = probe_all(&probe, names);
	json_decref(probe.nodes);
	json_decref(probe.mapped);
	json_decref(probe.seen);
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
