/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "disks_beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "mounts.h"
#include "sysfs.h"

static int append_once(char ***strv, const char *text)
{
	return *strv && strv_contains(*strv, text) ? 0 : strv_append(strv, text);
}

/* Appends to QUEUE what the whole device NAME lies on, or NAME to DISKS when that is nothing. */
static int step_down(struct context *ctx, const char *name, bool through_files, char ***queue, char ***disks)
{
	AUTO_FREE char *directory = block_directory(ctx, name);
	AUTO_STRV char **slaves = block_slaves(ctx, name);
	AUTO_FREE char *file = NULL;
	AUTO_STRV char **beneath = NULL;
	int r = 0;

	if (slaves && *slaves) {
		for (char **slave = slaves; *slave && !r; slave++)
			r = append_once(queue, *slave);
		return r;
	}
	if (through_files && directory)
		file = sysfs_text(ctx, directory, "loop/backing_file");
	if (file)
		beneath = disks_beneath_path(ctx, file);
	if (!beneath)
		return append_once(disks, name);
	for (char **disk = beneath; *disk && !r; disk++)
		r = append_once(queue, *disk);
	return r;
}

int block_disks(struct context *ctx, const char *name, bool through_files, char ***disks)
{
	AUTO_STRV char **queue = NULL;
	int r = strv_append(&queue, name);

	/* The queue only grows by names it does not hold: this ends. */
	for (size_t i = 0; !r && queue[i]; i++) {
		AUTO_FREE char *whole = block_whole(ctx, queue[i]);

		r = step_down(ctx, whole ? whole : queue[i], through_files, &queue, disks);
	}
	return r;
}

/* Number of the mount PATH lies in; filesystems without a device number of their own are found by it. */
static char *device_by_mount(struct context *ctx, const char *path)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	CLEANUP(mount_table_done) struct mount_table table = { 0 };
	struct statx stx;

	if (statx(AT_FDCWD, path, AT_STATX_DONT_SYNC, STATX_MNT_ID, &stx) || !(stx.stx_mask & STATX_MNT_ID))
		return NULL;
	if (mount_table_read(ctx, &table))
		return NULL;
	for (size_t i = 0; i < table.count; i++)
		if (table.entries[i].id == stx.stx_mnt_id && table.entries[i].device)
			return strdup(table.entries[i].device);
	return NULL;
}

char **disks_beneath_path(struct context *ctx, const char *path)
{
	AUTO_FREE char *name = NULL;
	AUTO_STRV char **disks = NULL;
	struct stat st;

	if (stat(path, &st))
		return NULL;
	if (S_ISBLK(st.st_mode))
		name = block_name(ctx, major(st.st_rdev), minor(st.st_rdev));
	else if (major(st.st_dev))
		name = block_name(ctx, major(st.st_dev), minor(st.st_dev));
	else
		name = device_by_mount(ctx, path);
	if (!name || block_disks(ctx, name, true, &disks))
		return NULL;
	return TAKE_POINTER(disks);
}
