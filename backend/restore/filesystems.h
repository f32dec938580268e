/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The filesystems that a tree reaches into: each is met once, and held open, so that errors of its disk are told whenever they came. */
#ifndef LIFEBOAT_RESTORE_FILESYSTEMS_H
#define LIFEBOAT_RESTORE_FILESYSTEMS_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>

#include "../core/macro.h"

/* A filesystem that the tree reaches into. */
struct filesystem {
	dev_t device;            /* st_dev of its directories */
	long type;               /* statfs(2) f_type */
	int fd;                  /* a directory on it, open for syncfs(2) */
};

struct filesystems {
	pthread_mutex_t lock;
	struct filesystem **list;
	size_t count;
};

void filesystems_init(struct filesystems *table);
void filesystems_done(struct filesystems *table);
/* The filesystem of the open directory FD, which lies on DEVICE; NULL when out of memory or descriptors. Any thread. */
const struct filesystem *filesystems_find(struct filesystems *table, int fd, dev_t device);
/* Flushes every filesystem met so far to its device. 0, or the first -errno with *RET_FD a directory of the filesystem that failed. Any
 * thread. */
MUST_CHECK int filesystems_sync(struct filesystems *table, int *ret_fd);
/* "ext4 filesystem /dev/sda2 on /mnt", as far as /proc tells of the filesystem that FD lies on. New string; NULL when out
 * of memory. */
char *filesystem_describe(int fd);
/* No block is left on the filesystem of FD. */
bool filesystem_is_full(int fd);
/* FAT, exFAT among it, keeps neither owner nor mode nor attributes, and times of two seconds. */
bool filesystem_is_fat(const struct filesystem *filesystem);
/* The same of the one that FD lies on. */
bool filesystem_fd_is_fat(int fd);

#endif
