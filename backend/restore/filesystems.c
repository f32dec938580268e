/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "filesystems.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>

#include "../core/bytes.h"
#include "../devices/kernel_tables.h"

/* linux/magic.h since 6.0. */
#ifndef EXFAT_SUPER_MAGIC
#define EXFAT_SUPER_MAGIC 0x2011BAB0
#endif

void filesystems_init(struct filesystems *table)
{
	memset(table, 0, sizeof(*table));
	pthread_mutex_init(&table->lock, NULL);
}

void filesystems_done(struct filesystems *table)
{
	for (size_t i = 0; i < table->count; i++) {
		close(table->list[i]->fd);
		free(table->list[i]);
	}
	free(table->list);
	pthread_mutex_destroy(&table->lock);
}

/* With the lock held. */
static const struct filesystem *add_filesystem(struct filesystems *table, int fd, dev_t device)
{
	struct filesystem **grown = reallocarray(table->list, table->count + 1, sizeof(*grown));
	struct filesystem *filesystem = calloc(1, sizeof(*filesystem));
	struct statfs status;

	if (grown)
		table->list = grown;
	if (!grown || !filesystem) {
		free(filesystem);
		return NULL;
	}
	filesystem->device = device;
	filesystem->type = fstatfs(fd, &status) == 0 ? (long)status.f_type : 0;
	/* Opened again, because a descriptor of the O_PATH kind cannot be synced. */
	filesystem->fd = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (filesystem->fd < 0)
		filesystem->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (filesystem->fd < 0) {
		free(filesystem);
		return NULL;
	}
	table->list[table->count++] = filesystem;
	return filesystem;
}

const struct filesystem *filesystems_find(struct filesystems *table, int fd, dev_t device)
{
	const struct filesystem *found = NULL;

	pthread_mutex_lock(&table->lock);
	for (size_t i = 0; i < table->count && !found; i++)
		if (table->list[i]->device == device)
			found = table->list[i];
	if (!found)
		found = add_filesystem(table, fd, device);
	pthread_mutex_unlock(&table->lock);
	return found;
}

/* The descriptor of filesystem number PLACE; -1 when there are fewer. */
static int descriptor_of(struct filesystems *table, size_t place)
{
	int fd;

	pthread_mutex_lock(&table->lock);
	fd = place < table->count ? table->list[place]->fd : -1;
	pthread_mutex_unlock(&table->lock);
	return fd;
}

int filesystems_sync(struct filesystems *table, int *ret_fd)
{
	int first = 0, fd;

	for (size_t i = 0; (fd = descriptor_of(table, i)) >= 0; i++)
		if (syncfs(fd) < 0 && !first) {
			first = -errno;
			*ret_fd = fd;
		}
	return first;
}

static bool is_fat_type(long type)
{
	return type == MSDOS_SUPER_MAGIC || type == EXFAT_SUPER_MAGIC;
}

bool filesystem_is_fat(const struct filesystem *filesystem)
{
	return is_fat_type(filesystem->type);
}

bool filesystem_fd_is_fat(int fd)
{
	struct statfs status;

	return fstatfs(fd, &status) == 0 && is_fat_type((long)status.f_type);
}

bool filesystem_is_full(int fd)
{
	struct statfs status;

	/* A few blocks may be left that none but root, or nothing at all, gets. */
	return fstatfs(fd, &status) < 0 || status.f_bavail < 16;
}

/* The mount's number in mountinfo; -1 when /proc does not say. */
static int mount_id(int fd)
{
	AUTO_FREE char *path = text_format("/proc/self/fdinfo/%d", fd);
	AUTO_FCLOSE FILE *file = path ? fopen(path, "re") : NULL;
	char line[256];
	int id;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "mnt_id: %d", &id) == 1)
			return id;
	return -1;
}

char *filesystem_describe(int fd)
{
	AUTO_LIBMNT_TABLE struct libmnt_table *mounts = mnt_new_table_from_file("/proc/self/mountinfo");
	AUTO_LIBMNT_ITER struct libmnt_iter *iterator = mnt_new_iter(MNT_ITER_FORWARD);
	struct libmnt_fs *mount = NULL;
	char *text = NULL;
	int id = mount_id(fd);

	while (mounts && iterator && !text && mnt_table_next_fs(mounts, iterator, &mount) == 0)
		if (mnt_fs_get_id(mount) == id)
			text = sentence("%s filesystem %s on %s", mnt_fs_get_fstype(mount), mnt_fs_get_source(mount),
					   mnt_fs_get_target(mount));
	return text ? text : sentence("target filesystem");
}
