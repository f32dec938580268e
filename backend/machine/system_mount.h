/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mounts a system that is already on the disks, read-only and without replaying a journal, filesystem by filesystem as it was captured: to
 * compare it, or to see whether it was restored before.
 */
#ifndef LIFEBOAT_MACHINE_SYSTEM_MOUNT_H
#define LIFEBOAT_MACHINE_SYSTEM_MOUNT_H

#include "../layout/layout.h"
#include "../storage/loop_device.h"

/* Whether PATH (absolute) is the mount point of MOUNT (NODE_MOUNT) or lies below it. */
bool system_mount_holds(const struct node *mount, const char *path);
/* The captured mount (NODE_MOUNT) in which PATH (absolute) lies; NULL when there is none. */
const struct node *system_mount_of(const struct layout *captured, const char *path);
/* What system_mount_all() mounted, and what it could not look into; each NULL-ended. */
struct system_mounts {
	char **mounted;          /* where */
	char **closed;           /* mount points (absolute) of filesystems in what is not up */
	char **lines;            /* a sentence each */
};

/* Mounts at WHERE the filesystem of the captured mount MOUNT, found among PRESENT by kind and UUID. On a mirror, a partition of one, or a linear
 * volume that is not up it is read where it lies on a disk, through *LOOP, on others as storage/volume_look.h tells, and nothing is brought up.
 * -EEXIST: more than one is. -ENOKEY: it may be there, in something that is not up and cannot be read so. 0 or -errno with a sentence. */
int system_mount_one(struct context *ctx, const struct layout *captured, const struct layout *present, const struct node *mount,
		     const char *where, struct loop_device *loop);
/* Unmounts it, and gives LOOP back. 0 or -errno with a sentence. */
int system_unmount_one(struct context *ctx, const char *where, struct loop_device *loop);
/* Mounts all of them below ROOT, which is made, but those that were not mounted on the captured machine (restore/unmounted_trees.h).
 * What is mounted is added to *MOUNTS, also on failure, and what may be there but is in something that is not up. A filesystem that is missing is a
 * warning, unless it is that of "/". 0 or -errno with a sentence. */
int system_mount_all(struct context *ctx, const struct layout *captured, const struct layout *present, const char *root,
		     struct system_mounts *mounts);
/* Unmounts in reverse order; failures are warnings. Empties *MOUNTS. */
void system_unmount(struct context *ctx, struct system_mounts *mounts);

#endif
