/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether the running kernel takes a filesystem that was made on a sparse file: its features, the options it will be mounted
 * with, its subvolumes and the mount points in it.
 */
#ifndef LIFEBOAT_FILESYSTEMS_TRIAL_MOUNT_H
#define LIFEBOAT_FILESYSTEMS_TRIAL_MOUNT_H

#include "../storage/target.h"

/* Mounts the filesystem in the COUNT files open as IMAGES through loop devices of SECTOR-byte sectors, once for each mount of
 * FILESYSTEM (of target->result), and makes in it what the plan will make. WHOLE: it has the planned size, and how many files it takes
 * is noted in the node. The mounts are attached nowhere and end with the process. Does nothing where the context reads another
 * machine. 0, or -errno with a sentence. */
int trial_mount(struct context *ctx, const struct target *target, const struct node *filesystem, const int *images, size_t count,
		uint32_t sector, bool whole);

#endif
