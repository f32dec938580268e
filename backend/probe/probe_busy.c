/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "probe_busy.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../core/clock.h"
#include "../core/file.h"
#include "../core/processes.h"
#include "kernel_tables.h"
#include "mounts.h"
#include "sysfs.h"

#define CLAIM_TRIES 10
#define CLAIM_PAUSE_MS 50

static bool is_mounted(struct context *ctx, char *const *names, char **why)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	CLEANUP(mount_table_done) struct mount_table table = { 0 };

	/* Not to know is to be careful. */
	if (mount_table_read(ctx, &table)) {
		*why = sentence("nobody can tell whether it is mounted");
		return true;
	}
	for (size_t i = 0; i < table.count; i++) {
		const struct mount_entry *entry = &table.entries[i];

		if (entry->device && strv_contains(names, entry->device)) {
			AUTO_FREE char *path = bytes_escape(entry->path, strlen(entry->path));

			*why = sentence("%s is mounted at %s", entry->device, path ? path : "?");
			return true;
		}
	}
	return false;
}

static bool is_swap(struct context *ctx, char *const *names, char **why)
{
	AUTO_LIBMNT_TABLE struct libmnt_table *swaps = NULL;
	AUTO_LIBMNT_ITER struct libmnt_iter *iterator = mnt_new_iter(MNT_ITER_FORWARD);
	struct libmnt_fs *swap = NULL;

	if (!iterator || kernel_swaps_read(ctx, &swaps) < 0)
		return false;
	while (mnt_table_next_fs(swaps, iterator, &swap) == 0) {
		AUTO_FREE char *name = kernel_swap_is_device(swap) ? block_name_of_node(ctx, mnt_fs_get_source(swap)) : NULL;

		if (name && strv_contains(names, name)) {
			*why = sentence("%s is used as swap", name);
			return true;
		}
	}
	return false;
}

/* Device mapper and md put their names below holders/; a loop device names its file; a btrfs of several devices lists them all. */
static bool is_held(struct context *ctx, char *const *names, char **why)
{
	AUTO_STRV char **devices = sysfs_list(ctx, "/sys/block");
	AUTO_STRV char **btrfs = sysfs_list(ctx, "/sys/fs/btrfs");

	for (char *const *name = names; *name; name++) {
		AUTO_FREE char *directory = block_directory(ctx, *name);
		AUTO_FREE char *holders_path = directory ? text_format("%s/holders", directory) : NULL;
		AUTO_STRV char **holders = holders_path ? sysfs_list(ctx, holders_path) : NULL;

		if (holders && *holders) {
			*why = sentence("%s is part of %s", *name, *holders);
			return true;
		}
		for (char **uuid = btrfs; uuid && *uuid; uuid++) {
			AUTO_FREE char *path = text_format("/sys/fs/btrfs/%s/devices", *uuid);
			AUTO_STRV char **members = path ? sysfs_list(ctx, path) : NULL;

			if (members && strv_contains(members, *name)) {
				*why = sentence("%s belongs to a btrfs that is mounted", *name);
				return true;
			}
		}
	}
	for (char **device = devices; device && *device; device++) {
		AUTO_FREE char *directory = text_format("/sys/block/%s", *device);
		AUTO_FREE char *file = directory ? sysfs_text(ctx, directory, "loop/backing_file") : NULL;

		if (file && !strncmp(file, "/dev/", 5) && strv_contains(names, file + 5)) {
			*why = sentence("%s lies behind %s", file + 5, *device);
			return true;
		}
	}
	return false;
}

struct namespace_search {
	struct context *ctx;
	char *const *names;
	char **why;
};

static bool is_mounted_there(void *data, pid_t pid, const char *text)
{
	struct namespace_search *search = data;
	AUTO_SCOPE struct error_scope scope = context_scope_begin(search->ctx);
	CLEANUP(mount_table_done) struct mount_table table = { 0 };

	/* A process that has ended meanwhile has no mounts. */
	(void)mount_table_read_of(search->ctx, pid, &table);
	for (size_t i = 0; i < table.count; i++) {
		const char *device = table.entries[i].device;

		if (!device || !strv_contains(search->names, device))
			continue;
		*search->why = sentence("%s is mounted in another mount namespace, the one of %s; end that process", device, text);
		return true;
	}
	return false;
}

/* 0, or EBUSY. */
static int try_alone(const char *path)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_EXCL | O_CLOEXEC);

	return fd < 0 && errno == EBUSY ? EBUSY : 0;
}

/* The kernel's own word: an exclusive open fails as long as anything claims the device or one of its partitions. Who only looks at it, as this
 * does, claims it for a moment. */
static bool is_claimed(struct context *ctx, const char *name, char *const *names, char **why)
{
	AUTO_FREE char *path = text_format("/dev/%s", name);
	int r;

	if (*ctx->prefix || !path)
		return false;
	r = try_alone(path);
	for (unsigned i = 0; r && i < CLAIM_TRIES; i++) {
		clock_pause(CLAIM_PAUSE_MS / 1000.0);
		r = try_alone(path);
	}
	if (!r)
		return false;
	/* A namespace made while something is mounted keeps it mounted, whoever unmounts it elsewhere. */
	processes_each_namespace(is_mounted_there, &(struct namespace_search){ ctx, names, why });
	if (!*why)
		*why = sentence("the kernel or another program holds %s", name);
	return true;
}

bool disk_is_busy(struct context *ctx, const struct node *disk, char **ret_why)
{
	AUTO_STRV char **names = disk->disk.name ? block_partitions(ctx, disk->disk.name) : NULL;
	AUTO_FREE char *why = NULL;
	bool busy;

	if (!disk->disk.name || strv_append(&names, disk->disk.name)) {
		why = sentence("nobody can tell which device it is");
		busy = true;
	} else {
		busy = is_mounted(ctx, names, &why) || is_swap(ctx, names, &why) || is_held(ctx, names, &why) ||
		       is_claimed(ctx, disk->disk.name, names, &why);
	}
	if (busy && ret_why)
		*ret_why = TAKE_POINTER(why);
	return busy;
}
