/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Partitions of a disk that is reached by several paths (devices/multipath.h): the kernel makes none on it, so they are mappings, made and removed by
 * dmsetup. Device mapper holds the disk as long as it has any: it cannot be opened alone then.
 */
#ifndef LIFEBOAT_STORAGE_MAPPED_PARTITIONS_H
#define LIFEBOAT_STORAGE_MAPPED_PARTITIONS_H

#include <sys/types.h>

#include "../core/context.h"
#include "../layout/layout.h"

/* Removes all mappings of partitions of the disk NAME; nothing where it is no disk of several paths. Waits up to ten seconds for programs that only
 * look at one. 0, or -errno with a sentence; DEVICE is the disk's name for people. */
int mapped_partitions_remove(struct context *ctx, const char *name, const char *device);
/* Makes the mapping of PARTITION (a node with number, start and size) on the disk NAME, a map with device number NUMBER, under the name of the node's
 * device or, where it has none, as udev's rules do; one that is there and lies elsewhere is removed first. */
int mapped_partition_make(struct context *ctx, const char *name, dev_t number, const struct node *partition);
/* True when the device NUMBER is the mapping of a partition of the disk with number DISK. */
bool mapped_partition_is_on(const struct context *ctx, dev_t number, dev_t disk);
/* The same, of PARTITION: number, place and size. */
bool mapped_partition_is(const struct context *ctx, dev_t number, dev_t disk, const struct node *partition);

#endif
