/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "../core/file.h"
#include "kernel_tables.h"
#include "sysfs.h"

#define MOUNTINFO_LIMIT (64u << 20)

void mount_table_done(struct mount_table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		struct mount_entry *entry = &table->entries[i];

		free(entry->root);
		free(entry->path);
		free(entry->options);
		free(entry->superblock_options);
		free(entry->kind);
		free(entry->source);
		free(entry->device);
	}
	free(table->entries);
	*table = (struct mount_table){ 0 };
}

/* The device a mount comes from: by number, or by its source where the number is an anonymous one. The source of other filesystems is
 * any text, maybe a path that nobody answers for. */
static int take_device(const struct context *ctx, struct mount_entry *entry)
{
	if (entry->major)
		return block_name(ctx, entry->major, entry->minor, &entry->device);
	if (strcmp(entry->kind, "btrfs") && strcmp(entry->kind, "bcachefs"))
		return 0;
	return strncmp(entry->source, "/dev/", 5) ? 0 : block_name_of_node(ctx, entry->source, &entry->device);
}

static char *copy_of(const char *text)
{
	return strdup(text ? text : "");
}

static int take_entry(const struct context *ctx, struct libmnt_fs *fs, struct mount_entry *entry)
{
	*entry = (struct mount_entry){
		.id = (uint64_t)mnt_fs_get_id(fs),
		.parent = (uint64_t)mnt_fs_get_parent_id(fs),
		.major = major(mnt_fs_get_devno(fs)),
		.minor = minor(mnt_fs_get_devno(fs)),
		.root = copy_of(mnt_fs_get_root(fs)),
		.path = copy_of(mnt_fs_get_target(fs)),
		.options = copy_of(mnt_fs_get_vfs_options(fs)),
		.superblock_options = copy_of(mnt_fs_get_fs_options(fs)),
		.kind = copy_of(mnt_fs_get_fstype(fs)),
		.source = copy_of(mnt_fs_get_source(fs)),
	};
	if (!entry->root || !entry->path || !entry->options || !entry->superblock_options || !entry->kind || !entry->source)
		return -ENOMEM;
	return take_device(ctx, entry);
}

static int fail_entry(struct context *ctx, int r, const struct mount_entry *entry)
{
	AUTO_FREE char *path = bytes_escape(entry->path, strlen(entry->path));

	return context_fail(ctx, -r, "the device that is mounted at %s cannot be read from /sys: %s", path ? path : "?", strerror(-r));
}

static int take_entries(struct context *ctx, const char *text, struct mount_table *table)
{
	AUTO_LIBMNT_TABLE struct libmnt_table *all = NULL;
	AUTO_LIBMNT_ITER struct libmnt_iter *iterator = mnt_new_iter(MNT_ITER_FORWARD);
	struct libmnt_fs *fs = NULL;
	int r = iterator ? kernel_mounts_parse(text, true, &all) : -ENOMEM;

	if (r == -EINVAL)
		return context_fail(ctx, EINVAL, "the table of mounted filesystems holds a line that makes no sense");
	if (r == 0)
		table->entries = calloc((size_t)mnt_table_get_nents(all) + 1, sizeof(*table->entries));
	if (!table->entries)
		return context_oom(ctx);
	while (r == 0 && mnt_table_next_fs(all, iterator, &fs) == 0)
		r = take_entry(ctx, fs, table->entries + table->count++);
	if (r == -ENOMEM)
		return context_oom(ctx);
	return r ? fail_entry(ctx, r, table->entries + table->count - 1) : 0;
}

/* The text of the table as it was at one moment: the kernel tells (poll(2), priority data) when it changed while it was read. */
static int read_text(const char *path, char **ret)
{
	struct pollfd changed = { .events = POLLPRI };
	int r = -EAGAIN;

	for (int attempt = 0; attempt < 16 && r == -EAGAIN; attempt++) {
		AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);

		if (fd < 0)
			return -errno;
		free(TAKE_POINTER(*ret));
		r = file_read_fd(fd, MOUNTINFO_LIMIT, ret, NULL);
		changed.fd = fd;
		/* One that never rests is better known roughly than not at all. */
		if (r == 0 && poll(&changed, 1, 0) > 0 && changed.revents & POLLPRI && attempt < 15)
			r = -EAGAIN;
	}
	return r;
}

/* The first of PLACES that exists. */
static int read_table(struct context *ctx, const char *const *places, struct mount_table *ret)
{
	AUTO_FREE char *data = NULL;
	int r = -ENOENT;

	*ret = (struct mount_table){ 0 };
	for (; r == -ENOENT && *places; places++) {
		AUTO_FREE char *path = context_path(ctx, *places);

		r = path ? read_text(path, &data) : -ENOMEM;
	}
	if (r)
		return context_fail(ctx, -r, "the table of mounted filesystems cannot be read: %s", strerror(-r));
	r = take_entries(ctx, data, ret);
	if (r)
		mount_table_done(ret);
	return r;
}

int mount_table_read(struct context *ctx, struct mount_table *ret)
{
	return read_table(ctx, (const char *const[]){ "/proc/self/mountinfo", "/proc/1/mountinfo", NULL }, ret);
}

int mount_table_read_of(struct context *ctx, pid_t pid, struct mount_table *ret)
{
	AUTO_FREE char *place = text_format("/proc/%d/mountinfo", (int)pid);

	*ret = (struct mount_table){ 0 };
	return place ? read_table(ctx, (const char *const[]){ place, NULL }, ret) : context_oom(ctx);
}

int path_order(const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t i = 0;

	while (i < a_length && i < b_length && a[i] == b[i])
		i++;
	if (i == a_length || i == b_length)
		return i < b_length ? -1 : i < a_length;
	if (a[i] == '/' || b[i] == '/')
		return a[i] == '/' ? -1 : 1;
	return (unsigned char)a[i] < (unsigned char)b[i] ? -1 : 1;
}

bool path_is_below(const char *path, const char *base, const char **ret_rest)
{
	size_t length = strlen(base);

	while (length && base[length - 1] == '/')
		length--;
	if (strncmp(path, base, length) || (path[length] && path[length] != '/'))
		return false;
	*ret_rest = path[length] ? path + length : "/";
	return true;
}
