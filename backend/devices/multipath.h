/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Disks that are reached by several paths: device mapper combines the paths to a map, whose UUID is "mpath-" and the WWID of the disk. The kernel looks
 * for no partition table on it; its partitions are further mappings, "partN-mpath-" and the WWID, made by kpartx, udev's rules or Lifeboat.
 *
 * Functions that give an int give 0, with *RET NULL when there is none, or -errno.
 */
#ifndef LIFEBOAT_DEVICES_MULTIPATH_H
#define LIFEBOAT_DEVICES_MULTIPATH_H

#include "../core/context.h"

#define MULTIPATH_UUID "mpath-"

/* True when block device NAME is such a map. */
bool multipath_is_map(const struct context *ctx, const char *name);
/* The map that the whole device NAME is a path of. New string. */
MUST_CHECK int multipath_map_of(const struct context *ctx, const char *name, char **ret);
/* The map that the mapping NAME is a partition of, and its number. New string. */
MUST_CHECK int multipath_partition_of(const struct context *ctx, const char *name, char **ret_map, unsigned *ret_number);
/* The mappings of partitions of MAP, by kernel name. */
MUST_CHECK int multipath_partitions(const struct context *ctx, const char *map, char ***ret);
/* The mapping of partition NUMBER of MAP. New string. */
MUST_CHECK int multipath_partition(const struct context *ctx, const char *map, unsigned number, char **ret);
/* Where the mapping with this device number lies on the device BELOW, in bytes. 0; -ENOENT: it is no single stretch of that one; -errno. */
MUST_CHECK int multipath_place(dev_t number, dev_t below, uint64_t *ret_start, uint64_t *ret_size);

#endif
