/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading block devices in /sys below the context's prefix: names, attributes, ancestors. A device is known by its kernel
 * name, with '/' as in /dev ("cciss/c0d0"), and by its directory below /sys/devices.
 *
 * What cannot be read is not what is not there: functions that give an int give 0, with *RET NULL when there is none, or -errno.
 */
#ifndef LIFEBOAT_DEVICES_SYSFS_H
#define LIFEBOAT_DEVICES_SYSFS_H

#include "../core/bytes.h"
#include "../core/context.h"

/* Names in directory PATH (below the prefix), shorter ones first, then by bytes. */
MUST_CHECK int sysfs_list(const struct context *ctx, const char *path, char ***ret);
/* The real directory of what PATH (a link in /sys) names, without prefix: "/sys/devices/...". New string or NULL. */
char *sysfs_resolve(const struct context *ctx, const char *path);
/* The last component of the link PATH points to ("subsystem", "driver"). New string or NULL. */
char *sysfs_link_name(const struct context *ctx, const char *path);

/* Attribute ATTRIBUTE (may hold slashes) of directory DIRECTORY: its first line stripped; none when that is empty. */
MUST_CHECK int sysfs_attribute(const struct context *ctx, const char *directory, const char *attribute, char **ret);
/* The same of what may as well be missing: NULL when it is unreadable, too. */
char *sysfs_text(const struct context *ctx, const char *directory, const char *attribute);
/* The same as a number; FALLBACK when it is none. */
uint64_t sysfs_number(const struct context *ctx, const char *directory, const char *attribute, uint64_t fallback);
/* A binary attribute of at most LIMIT bytes; 0 or -errno. */
int sysfs_bytes(const struct context *ctx, const char *directory, const char *attribute, size_t limit, char **ret,
		size_t *ret_length);

/* Directory of block device NAME (disk or partition); NULL when there is no such device, or with errno ENOMEM. */
char *block_directory(const struct context *ctx, const char *name);
/* The name of a device as the kernel has it, of one in /sys, which has '!' for '/': NAME itself, changed. */
char *block_kernel_name(char *name);
/* Bytes of block device NAME: 0 when it has no medium, or is not there. 0 or -errno. */
MUST_CHECK int block_size(const struct context *ctx, const char *name, uint64_t *ret);
/* Kernel name of the block device with this number. */
MUST_CHECK int block_name(const struct context *ctx, unsigned major, unsigned minor, char **ret);
/* The number of block device NAME, as the kernel calls it. False: there is none. */
bool block_number(const struct context *ctx, const char *name, dev_t *ret);
/* Kernel name of the block device that the node PATH ("/dev/mapper/x") is. */
MUST_CHECK int block_name_of_node(const struct context *ctx, const char *path, char **ret);
/* The devices of device mapper and md, by kernel name, that NAME lies on directly, and those that lie directly on it. */
MUST_CHECK int block_slaves(const struct context *ctx, const char *name, char ***ret);
MUST_CHECK int block_holders(const struct context *ctx, const char *name, char ***ret);
/* The devices of the mounted btrfs that device NAME belongs to, itself among them; NULL: it belongs to none. */
MUST_CHECK int btrfs_members(const struct context *ctx, const char *name, char ***ret);
/* Whether NAME lies directly on some devices, all of them in BELOW (kernel names). */
bool block_lies_only_on(const struct context *ctx, const char *name, char *const *below);
/* The file behind loop device NAME. */
MUST_CHECK int block_backing_file(const struct context *ctx, const char *name, char **ret);
#endif
