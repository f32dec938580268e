/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Disks and their partitions by kernel name: those that the kernel makes itself ("sda", "sda1"), and mappings on a disk of several paths
 * ("dm-0", "dm-1"; multipath.h). Errors are as of sysfs.h.
 */
#ifndef LIFEBOAT_DEVICES_PARTITIONS_H
#define LIFEBOAT_DEVICES_PARTITIONS_H

#include "../core/context.h"

/* The whole device of a partition, or NAME itself; none when there is no such device. */
MUST_CHECK int block_whole(const struct context *ctx, const char *name, char **ret);
/* What the kernel calls partition NUMBER of DISK, be it there or not; none: the disk has several paths, and nothing maps the partition. */
MUST_CHECK int block_partition_name(const struct context *ctx, const char *disk, unsigned number, char **ret);
/* Partitions of a disk by kernel name, as the kernel knows them. */
MUST_CHECK int block_partitions(const struct context *ctx, const char *name, char ***ret);

#endif
