/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Subvolumes of a btrfs whose top is open as a directory: on the target, and on the sparse file they are tried on.
 */
#ifndef LIFEBOAT_FILESYSTEMS_SUBVOLUMES_H
#define LIFEBOAT_FILESYSTEMS_SUBVOLUMES_H

#include "../storage/target.h"

/* Makes the subvolumes of FILESYSTEM (of target->result) below TOP as the plan will make them, but with any numbers. 0, or -errno with
 * a sentence. */
int subvolumes_try(struct context *ctx, const struct target *target, const struct node *filesystem, int top);
/* The number of the subvolume that PATH below TOP is. 0 or -errno; -ENOTDIR when it is a plain directory. */
int subvolume_number(int top, const char *path, uint64_t *ret);
/* Opens the directory that LENGTH bytes of PATH name below TOP, following no symlink; MAKE: makes directories on the way. A
 * descriptor or -errno. */
int subvolume_open(int top, const char *path, size_t length, bool make);

#endif
