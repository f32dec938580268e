/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Block devices as the actions touch them: opened alone, recognised again, emptied of signatures, their tables read
 * again by the kernel. Functions answer 0 or -errno with a sentence, in which DEVICE is the name for people.
 */
#ifndef LIFEBOAT_STORAGE_DEVICE_H
#define LIFEBOAT_STORAGE_DEVICE_H

#include <sys/types.h>

#include "target.h"

/* Opens the block device at PATH (hold.h: one that leads to what was checked) for writing, alone (O_EXCL): fails with -EBUSY
 * when it, or a partition of it, is mounted or held so. Waits up to ten seconds for programs that only look at it. DEVICE is its
 * name for people. The caller closes *RET_FD. */
int device_open(struct context *ctx, const char *path, const char *device, int *ret_fd);
/* Writes zeros over every signature libblkid knows in LENGTH bytes from OFFSET (LENGTH 0: all), and over the first and
 * the last MiB of them (tables, backup GPT, superblocks). */
int device_wipe(struct context *ctx, int fd, const char *device, uint64_t offset, uint64_t length);
/* Syncs, then has the kernel read the partition table again; waits up to ten seconds while the device is busy (then
 * -ETIMEDOUT). A kernel without a reader for this kind of table, and a loop device without 'losetup -P', forget the
 * partitions they know. */
int device_reread(struct context *ctx, int fd, const char *device);
/* Has the kernel forget the partitions that it knows of the disk open as FD, one by one. 0 or -errno: -EBUSY, one is in use. */
int device_forget_partitions(int fd);
/* Removes the mappings of partitions of a disk of several paths, open as FD (not alone), which would keep it from being opened alone; of other disks
 * nothing. 0, or -errno with a sentence. */
int device_forget_mappings(struct context *ctx, int fd, const char *device);
/* Tells the kernel of PARTITION of DISK (nodes of a result layout; FD is DISK's) unless it found it by itself, and
 * waits up to ten seconds until its device node is there, at its place and size. */
int device_show_partition(struct context *ctx, int fd, const struct node *disk, const struct node *partition);
/* True when the device NUMBER is partition NODE (of a result layout) of the disk with number DISK: number, place and size. */
bool device_is_partition(const struct context *ctx, dev_t number, dev_t disk, const struct node *node);
/* True when the device NUMBER is any partition of the disk with number DISK. */
bool device_is_on(const struct context *ctx, dev_t number, dev_t disk);
/* True when the kernel still has a disk with this number: one that was unplugged leaves /sys at once. */
bool device_is_alive(const struct context *ctx, dev_t number);
/* The node of LAYOUT that CONTENT (filesystem, swap) lies on, a block node; NULL when it lies on several. */
struct node *device_holder(const struct layout *layout, const struct node *content);

/* What a disk is, and what lies on it now, without kernel names and ids: for digests, and to see whether it is still
 * the same. New reference; NULL when out of memory. */
json_t *device_fingerprint(const struct layout *layout, const struct node *disk);

#endif
