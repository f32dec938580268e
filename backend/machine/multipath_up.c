/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "multipath_up.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "../core/run.h"
#include "../devices/multipath.h"
#include "../devices/sysfs.h"
#include "../layout/identity.h"
#include "../probe/probe.h"
#include "../probe/probe_disk.h"
#include "../storage/device.h"
#include "../storage/mapped_partitions.h"

#define SECTOR 512

static bool is_same_text(const char *a, const char *b)
{
	return (!a && !b) || (a && b && !strcmp(a, b));
}

/* The WWID that multipathd gives a SCSI disk with this WWN ("0x5000c500..."): scsi_id(8) puts a 3 before a name of the IEEE. New string. */
static char *wwid_of(const struct node *disk)
{
	return text_format("3%s", disk->disk.wwn + strlen("0x"));
}

/* Only what names itself without doubt is taken for a path: a number of its own by the rules of SCSI, on no bus that disks are plugged into. */
static bool may_be_path(const struct node *disk)
{
	const struct disk_info *info = &disk->disk;

	return info->wwn && !strncmp(info->wwn, "0x", 2) && strlen(info->wwn) >= 18 && info->serial && disk->size && !disk_identity_is_weak(info) &&
	       (!info->transport || strcmp(info->transport, "usb"));
}

static bool is_same_disk(const struct node *a, const struct node *b)
{
	return may_be_path(a) && may_be_path(b) && !strcmp(a->disk.wwn, b->disk.wwn) && !strcmp(a->disk.serial, b->disk.serial) &&
	       is_same_text(a->disk.model, b->disk.model) && a->size == b->size && a->disk.logical_sector == b->disk.logical_sector;
}

/* All SCSI disks of the kernel, paths of maps too, as disks of *RET. 0 or -errno. */
static int list_disks(struct context *ctx, struct layout **ret)
{
	AUTO_LAYOUT struct layout *disks = layout_new();
	AUTO_STRV char **names = NULL;
	int r = disks ? sysfs_list(ctx, "/sys/block", &names) : -ENOMEM;

	for (char **name = names; r == 0 && name && *name; name++) {
		struct node *disk = strncmp(*name, "sd", 2) ? NULL : layout_add(disks, NODE_DISK, *name);

		if (!strncmp(*name, "sd", 2))
			r = disk ? probe_disk_identity(ctx, *name, disk) : -ENOMEM;
		/* It went away just now. */
		if (r == -ENODEV)
			r = 0;
	}
	if (r == 0)
		*ret = TAKE_POINTER(disks);
	return r;
}

/* ---- one map ---- */

struct map {
	const struct layout *disks;
	const struct node *first;
	char **paths;            /* kernel names */
	char *kernel;            /* of the map, once it is up */
	size_t combined;         /* paths that it has already */
};

static void map_done(struct map *map)
{
	strv_free(map->paths);
	free(map->kernel);
}

/* All paths of the disk that is FIRST. 0 or -errno. */
static int gather(const struct context *ctx, const struct layout *disks, const struct node *first, struct map *ret)
{
	int r = 0;

	*ret = (struct map){ .disks = disks, .first = first };
	for (size_t i = 0; r == 0 && i < disks->count; i++) {
		const struct node *disk = disks->nodes[i];
		AUTO_FREE char *map = NULL;

		if (disk != first && !is_same_disk(first, disk))
			continue;
		r = strv_append(&ret->paths, disk->id);
		if (r == 0)
			r = multipath_map_of(ctx, disk->id, &map);
		ret->combined += map != NULL;
		if (map && !ret->kernel)
			ret->kernel = TAKE_POINTER(map);
	}
	return r;
}

/* Each path is a group of its own, so that one is used at a time: right for controllers that serve a disk alternately as for those that serve it at
 * once. Without a path left what is asked for fails: nobody would end a restore that waits. New string; NULL when out of memory. */
static char *make_table(const struct context *ctx, const struct map *map)
{
	char *table = text_format("0 %" PRIu64 " multipath 1 retain_attached_hw_handler 0 %zu 1", map->first->size / SECTOR, strv_length(map->paths));

	for (char **path = map->paths; table && *path; path++) {
		AUTO_FREE char *before = table;
		dev_t number;

		table = block_number(ctx, *path, &number) ? text_format("%s service-time 0 1 1 %u:%u 1", before, major(number), minor(number)) : strdup(before);
	}
	return table;
}

/* Their old partitions are seen through the map from now on; those in use stay, and keep the map from being made. */
static void forget_partitions(const struct map *map)
{
	for (char **path = map->paths; *path; path++) {
		AUTO_FREE char *device = text_format("/dev/%s", *path);
		AUTO_CLOSE int fd = device ? open(device, O_RDONLY | O_CLOEXEC) : -1;

		if (fd >= 0)
			device_forget_partitions(fd);
	}
}

static int run_dmsetup(struct context *ctx, const char *const *argv)
{
	struct run run = { .argv = argv, .deadline_s = 60 };

	return run_program(ctx, &run, NULL);
}

static int create(struct context *ctx, const struct map *map, const char *wwid, const char *table)
{
	AUTO_FREE char *uuid = text_format(MULTIPATH_UUID "%s", wwid);

	forget_partitions(map);
	return uuid ? run_dmsetup(ctx, (const char *const[]){ "dmsetup", "create", wwid, "--uuid", uuid, "--table", table, NULL }) : -ENOMEM;
}

static int extend(struct context *ctx, const char *wwid, const char *table)
{
	int r = run_dmsetup(ctx, (const char *const[]){ "dmsetup", "load", wwid, "--table", table, NULL });

	return r ? r : run_dmsetup(ctx, (const char *const[]){ "dmsetup", "resume", wwid, NULL });
}

/* Maps the partitions of the map KERNEL as its table tells them. */
static int map_partitions(struct context *ctx, const char *kernel)
{
	AUTO_FREE char *device = text_format("/dev/%s", kernel);
	AUTO_LAYOUT struct layout *layout = NULL;
	const struct probe_options options = { .devices = (const char *const[]){ device, NULL }, .only_devices = true };
	dev_t number;
	int r = device ? layout_probe(ctx, &options, &layout) : context_oom(ctx);

	if (r == 0 && !block_number(ctx, kernel, &number))
		r = context_fail(ctx, ENODEV, "%s is no longer there", device);
	for (size_t i = 0; r == 0 && i < layout->count; i++)
		if (layout->nodes[i]->type == NODE_PARTITION && !layout->nodes[i]->device)
			r = mapped_partition_make(ctx, kernel, number, layout->nodes[i]);
	return r;
}

/* 0, or -errno with a sentence. */
static int bring_up_one(struct context *ctx, struct map *map)
{
	AUTO_FREE char *wwid = wwid_of(map->first), *table = make_table(ctx, map), *name = node_describe(map->first), *paths = NULL;
	size_t count = strv_length(map->paths);
	int r;

	for (char **path = map->paths; *path; path++) {
		AUTO_FREE char *before = paths;

		paths = text_format("%s%s%s", before ? before : "", before ? ", " : "", *path);
	}
	if (!wwid || !table || !name || !paths)
		return context_oom(ctx);
	if (map->combined == count)
		return 0;
	r = map->kernel ? extend(ctx, wwid, table) : create(ctx, map, wwid, table);
	if (r == 0 && !map->kernel)
		r = multipath_map_of(ctx, map->paths[0], &map->kernel);
	if (r == 0 && !map->kernel)
		return context_fail(ctx, ENODEV, "Device mapper combined the paths %s, but the kernel does not show the map", paths);
	if (r < 0)
		return r;
	context_info(ctx, "The disk %s is reached by %zu paths (%s); it is used through the map %s", name, count, paths, wwid);
	return map_partitions(ctx, map->kernel);
}

/* The disk FIRST, unless one before it stands for the same; what cannot be done is a warning. 1: a map is up; 0; -errno. */
static int look_at(struct context *ctx, const struct layout *disks, size_t first, bool told)
{
	CLEANUP(map_done) struct map map = { 0 };
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	int r;

	if (!may_be_path(disks->nodes[first]))
		return 0;
	for (size_t i = 0; i < first; i++)
		if (is_same_disk(disks->nodes[i], disks->nodes[first]))
			return 0;
	r = gather(ctx, disks, disks->nodes[first], &map);
	if (r < 0)
		return r;
	if (strv_length(map.paths) < 2)
		return map.kernel != NULL;
	r = bring_up_one(ctx, &map);
	if (r == -ENOMEM || r == -ECANCELED)
		return context_scope_keep(&scope, r);
	if (r < 0 && told) {
		AUTO_FREE char *name = node_describe(disks->nodes[first]);

		context_warn(ctx, "The paths to the disk %s could not be combined, so it cannot be restored onto: %s", name ? name : "?", context_detail(ctx));
	}
	return map.kernel != NULL;
}

int multipath_bring_up(struct context *ctx, bool told)
{
	AUTO_LAYOUT struct layout *disks = NULL;
	int r, count = 0;

	if (*ctx->prefix || !getenv("DM_DISABLE_UDEV") || access("/run/udev/control", F_OK) == 0 || !run_is_present(NULL, "dmsetup"))
		return 0;
	r = list_disks(ctx, &disks);
	if (r < 0)
		return r == -ENOMEM ? context_oom(ctx) : context_fail(ctx, -r, "The list of disks cannot be read from /sys/block: %s", strerror(-r));
	for (size_t i = 0; i < disks->count; i++) {
		r = look_at(ctx, disks, i, told);
		if (r < 0)
			return r == -ENOMEM ? context_oom(ctx) : r;
		count += r;
	}
	return count;
}
