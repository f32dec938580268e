/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "disks_beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "mounts.h"
#include "multipath.h"
#include "partitions.h"
#include "sysfs.h"

static int append_once(char ***strv, const char *text)
{
	return *strv && strv_contains(*strv, text) ? 0 : strv_append(strv, text);
}

static int fail(struct context *ctx, const char *name, int r)
{
	return r == -ENOMEM ? context_oom(ctx) :
	       context_fail(ctx, -r, "which disks %s lies on cannot be told: %s", name, strerror(-r));
}

/* The disk that has NAME as one of its paths, or NAME itself. New string; 0 or -errno. */
static int disk_of_path(const struct context *ctx, const char *name, char **ret)
{
	int r = multipath_map_of(ctx, name, ret);

	if (r == 0 && !*ret && !(*ret = strdup(name)))
		r = -ENOMEM;
	return r;
}

/* Appends to QUEUE what the whole device NAME lies on, or NAME to DISKS when that is nothing. */
static int step_down(struct context *ctx, const char *name, bool through_files, char ***queue, char ***disks)
{
	AUTO_STRV char **slaves = NULL, **beneath = NULL;
	AUTO_FREE char *file = NULL, *disk = NULL;
	int r = multipath_is_map(ctx, name) ? 0 : block_slaves(ctx, name, &slaves);

	if (r == 0 && !slaves && through_files)
		r = block_backing_file(ctx, name, &file);
	if (r == 0 && file)
		r = disks_beneath_path(ctx, file, &beneath);
	if (r == 0 && !slaves && !beneath)
		r = disk_of_path(ctx, name, &disk);
	if (r == 0 && disk)
		r = append_once(disks, disk);
	for (char **below = slaves ? slaves : beneath; below && *below && r == 0; below++)
		r = append_once(queue, *below);
	return r;
}

int block_disks(struct context *ctx, const char *name, bool through_files, char ***disks)
{
	AUTO_STRV char **queue = NULL;
	int r = strv_append(&queue, name);

	/* The queue only grows by names it does not hold: this ends. */
	for (size_t i = 0; r == 0 && queue[i]; i++) {
		AUTO_FREE char *whole = NULL;

		r = block_whole(ctx, queue[i], &whole);
		if (r == 0)
			r = step_down(ctx, whole ? whole : queue[i], through_files, &queue, disks);
	}
	return r ? fail(ctx, name, r) : 0;
}

int filesystem_disks(struct context *ctx, const char *name, bool through_files, char ***disks)
{
	AUTO_STRV char **members = NULL;
	int r = btrfs_members(ctx, name, &members);

	if (r)
		return fail(ctx, name, r);
	if (!members)
		return block_disks(ctx, name, through_files, disks);
	for (char **member = members; r == 0 && *member; member++)
		r = block_disks(ctx, *member, through_files, disks);
	return r;
}

/* The device of the mount PATH lies in; filesystems without a device number of their own are found by it. */
static int device_by_mount(struct context *ctx, const char *path, char **ret)
{
	CLEANUP(mount_table_done) struct mount_table table = { 0 };
	struct statx stx;
	int r;

	if (statx(AT_FDCWD, path, AT_STATX_DONT_SYNC, STATX_MNT_ID, &stx) < 0)
		return -errno;
	if (!(stx.stx_mask & STATX_MNT_ID))
		return 0;
	r = mount_table_read(ctx, &table);
	for (size_t i = 0; r == 0 && i < table.count; i++)
		if (table.entries[i].id == stx.stx_mnt_id && table.entries[i].device) {
			*ret = strdup(table.entries[i].device);
			return *ret ? 0 : -ENOMEM;
		}
	return r;
}

/* A place that is none on this machine, an address, say, lies on no disk of it. */
static bool is_elsewhere(int error)
{
	return error == ENOENT || error == ENOTDIR || error == ENAMETOOLONG;
}

int disks_beneath_path(struct context *ctx, const char *path, char ***ret)
{
	AUTO_FREE char *name = NULL;
	AUTO_STRV char **disks = NULL;
	struct stat st;
	int r;

	*ret = NULL;
	if (stat(path, &st) < 0)
		return is_elsewhere(errno) ? 0 : fail(ctx, path, -errno);
	if (S_ISBLK(st.st_mode))
		r = block_name(ctx, major(st.st_rdev), minor(st.st_rdev), &name);
	else if (major(st.st_dev))
		r = block_name(ctx, major(st.st_dev), minor(st.st_dev), &name);
	else
		r = device_by_mount(ctx, path, &name);
	if (r == 0 && name)
		r = S_ISBLK(st.st_mode) ? block_disks(ctx, name, true, &disks) : filesystem_disks(ctx, name, true, &disks);
	if (r)
		return fail(ctx, path, r);
	*ret = TAKE_POINTER(disks);
	return 0;
}
