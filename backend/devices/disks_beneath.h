/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which disks lie beneath a device or a path: the questions that keep Lifeboat's hands off what the set lies on. */
#ifndef LIFEBOAT_DEVICES_DISKS_BENEATH_H
#define LIFEBOAT_DEVICES_DISKS_BENEATH_H

#include "../core/context.h"

/* The disks NAME finally lies on, through partitions, device mapper and md. THROUGH_FILES: also through the file behind
 * a loop device. Each once; the device itself when it lies on nothing. 0 or -errno with a sentence. */
MUST_CHECK int block_disks(struct context *ctx, const char *name, bool through_files, char ***disks);

/* The same of the mounted filesystem whose device is NAME: a btrfs lies on further ones. */
MUST_CHECK int filesystem_disks(struct context *ctx, const char *name, bool through_files, char ***disks);

/* The disks (kernel names, NULL-ended) beneath the filesystem PATH lies on, or beneath the device node PATH, through device mapper, md
 * and files behind loop devices, into *RET; NULL there when there is none (tmpfs, network). 0, or -errno with a sentence when it cannot be
 * told. */
MUST_CHECK int disks_beneath_path(struct context *ctx, const char *path, char ***ret);

#endif
