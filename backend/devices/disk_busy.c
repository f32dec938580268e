/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "disk_busy.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../core/clock.h"
#include "../core/file.h"
#include "../core/processes.h"
#include "holder_words.h"
#include "kernel_tables.h"
#include "mounts.h"
#include "multipath.h"
#include "partitions.h"
#include "sysfs.h"

#define CLAIM_TRIES 10
#define CLAIM_PAUSE_MS 50

/* Each of these questions: 1 with the reason in *WHY, 0, or -errno when it cannot be told. */

static int is_mounted(struct context *ctx, char *const *names, char **why)
{
	CLEANUP(mount_table_done) struct mount_table table = { 0 };
	int r = mount_table_read(ctx, &table);

	for (size_t i = 0; r == 0 && i < table.count; i++) {
		const struct mount_entry *entry = &table.entries[i];

		if (entry->device && strv_contains(names, entry->device)) {
			AUTO_FREE char *path = bytes_escape(entry->path, strlen(entry->path));

			*why = sentence("%s is mounted at %s", entry->device, path ? path : "?");
			return 1;
		}
	}
	return r;
}

static int is_swap(struct context *ctx, char *const *names, char **why)
{
	AUTO_LIBMNT_TABLE struct libmnt_table *swaps = NULL;
	AUTO_LIBMNT_ITER struct libmnt_iter *iterator = mnt_new_iter(MNT_ITER_FORWARD);
	struct libmnt_fs *swap = NULL;
	int r = iterator ? kernel_swaps_read(ctx, &swaps) : -ENOMEM;

	while (r == 0 && mnt_table_next_fs(swaps, iterator, &swap) == 0) {
		AUTO_FREE char *name = NULL;

		r = kernel_swap_is_device(swap) ? block_name_of_node(ctx, mnt_fs_get_source(swap), &name) : 0;
		if (r == 0 && name && strv_contains(names, name)) {
			*why = sentence("%s is used as swap", name);
			return 1;
		}
	}
	return r;
}

/* Device mapper and md put their names below holders/. */
static int is_part(struct context *ctx, char *const *names, char **why)
{
	int r = 0;

	for (char *const *name = names; r == 0 && *name; name++) {
		AUTO_STRV char **holders = NULL;

		r = block_holders(ctx, *name, &holders);
		for (char **holder = holders; r == 0 && holder && *holder; holder++) {
			AUTO_FREE char *words = NULL;

			/* Its own partitions, where they are mappings. */
			if (strv_contains(names, *holder))
				continue;
			words = holder_words(ctx, *holder);
			*why = sentence("%s is part of %s", *name, words ? words : *holder);
			return 1;
		}
	}
	return r;
}

/* A btrfs of several devices lists them all. */
static int is_in_btrfs(struct context *ctx, char *const *names, char **why)
{
	int r = 0;

	for (char *const *name = names; r == 0 && *name; name++) {
		AUTO_STRV char **members = NULL;

		r = btrfs_members(ctx, *name, &members);
		if (r == 0 && members) {
			*why = sentence("%s belongs to a btrfs that is mounted", *name);
			return 1;
		}
	}
	return r;
}

/* A loop device names its file. */
static int is_behind_loop(struct context *ctx, char *const *names, char **why)
{
	AUTO_STRV char **devices = NULL;
	int r = sysfs_list(ctx, "/sys/block", &devices);

	for (char **device = devices; r == 0 && device && *device; device++) {
		AUTO_FREE char *directory = text_format("/sys/block/%s", *device), *file = NULL;

		r = directory ? sysfs_attribute(ctx, directory, "loop/backing_file", &file) : -ENOMEM;
		if (file && !strncmp(file, "/dev/", 5) && strv_contains(names, file + 5)) {
			*why = sentence("%s lies behind %s", file + 5, *device);
			return 1;
		}
	}
	return r;
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
static int is_device_claimed(struct context *ctx, char *const *names, const char *name, char **why)
{
	AUTO_FREE char *path = text_format("/dev/%s", name);
	int r;

	if (!path)
		return -ENOMEM;
	r = try_alone(path);
	for (unsigned i = 0; r && i < CLAIM_TRIES; i++) {
		clock_pause(CLAIM_PAUSE_MS / 1000.0);
		r = try_alone(path);
	}
	if (!r)
		return 0;
	/* A namespace made while something is mounted keeps it mounted, whoever unmounts it elsewhere. */
	processes_each_namespace(is_mounted_there, &(struct namespace_search){ ctx, names, why });
	if (!*why)
		*why = sentence("the kernel or another program holds %s", name);
	return 1;
}

/* Mappings on a disk of several paths claim it themselves: then they are asked in its place. */
static int is_claimed(struct context *ctx, char *const *names, char **why)
{
	size_t last = strv_length(names) - 1;
	bool mapped = last && multipath_is_map(ctx, names[last]);
	int r = 0;

	if (*ctx->prefix)
		return 0;
	for (size_t i = mapped ? 0 : last; r == 0 && i < last + !mapped; i++)
		r = is_device_claimed(ctx, names, names[i], why);
	return r;
}

/* The disk NAME and its partitions are asked for. */
static int is_used(struct context *ctx, const char *name, char **why)
{
	static int (*const questions[])(struct context *ctx, char *const *names, char **why) = {
		is_mounted, is_swap, is_part, is_in_btrfs, is_behind_loop, is_claimed
	};
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	AUTO_STRV char **names = NULL;
	int r = block_partitions(ctx, name, &names);

	if (r == 0)
		r = strv_append(&names, name);
	for (size_t i = 0; i < ARRAY_LENGTH(questions) && r == 0; i++)
		r = questions[i](ctx, names, why);
	if (r < 0)
		*why = sentence("nobody can tell whether something uses it: %s", strerror(-r));
	return r;
}

int disk_is_busy(struct context *ctx, const struct node *disk, char **ret_why)
{
	AUTO_FREE char *why = NULL;
	int r = -ENODEV;

	if (disk->disk.name)
		r = is_used(ctx, disk->disk.name, &why);
	else
		why = sentence("nobody can tell which device it is");
	if (r && ret_why)
		*ret_why = TAKE_POINTER(why);
	return r;
}
