/* Block devices as the actions touch them: opened alone, recognised again, emptied of signatures, read anew by the
 * kernel. Every function takes paths below /dev as the kernel names them and answers 0 or -errno with a sentence.
 */
#ifndef LIFEBOAT_STORAGE_DEVICE_H
#define LIFEBOAT_STORAGE_DEVICE_H

#include "../layout/plan.h"

/* Opens a block device for writing, alone (O_EXCL): fails with -EBUSY when it, or a partition of it, is mounted or
 * held. Waits up to ten seconds for programs that only look at it. The caller closes *RET_FD. */
int device_open(struct context *ctx, const char *device, int *ret_fd);
/* Writes zeros over every signature libblkid knows in LENGTH bytes from OFFSET (LENGTH 0: all), and over the first and
 * the last MiB of them (tables, backup GPT, superblocks). */
int device_wipe(struct context *ctx, int fd, const char *device, uint64_t offset, uint64_t length);
/* Syncs, then has the kernel read the partition table again; waits up to ten seconds while the device is busy (then
 * -ETIMEDOUT). A kernel without a reader for this kind of table, and a loop device without 'losetup -P', forget the
 * partitions they know. */
int device_reread(struct context *ctx, int fd, const char *device);
/* Tells the kernel of PARTITION of DISK (nodes of a result layout; FD is DISK's) unless it found it by itself, and
 * waits up to ten seconds until its device node is there, at its place and size. */
int device_show_partition(struct context *ctx, int fd, const struct node *disk, const struct node *partition);
/* 0 when NODE's device (a disk's or a partition's) now is what the plan means: right size, and for a partition right
 * start on the right disk. -ESTALE with a sentence otherwise. */
int device_check_node(struct context *ctx, const struct layout *layout, const struct node *node);
/* The node of LAYOUT that CONTENT (filesystem, swap) lies on: a disk or partition; NULL when it lies on several. */
struct node *device_holder(const struct layout *layout, const struct node *content);

/* What a disk is, and what lies on it now, without kernel names and ids: for digests, and to see whether it is still
 * the same. New reference. */
json_t *device_fingerprint(const struct layout *layout, const struct node *disk);

#endif
