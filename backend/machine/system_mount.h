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
/* Mounts at WHERE the filesystem of the captured mount MOUNT, found among PRESENT by kind and UUID. On a mirror or a linear volume that is not up it
 * is read where it lies on a disk, through *LOOP, on other volumes as storage/volume_look.h tells, and nothing is brought up. -EEXIST: more than one
 * is. 0 or -errno with a sentence. */
int system_mount_one(struct context *ctx, const struct layout *captured, const struct layout *present, const struct node *mount,
		     const char *where, struct loop_device *loop);
/* Unmounts it, and gives LOOP back. 0 or -errno with a sentence. */
int system_unmount_one(struct context *ctx, const char *where, struct loop_device *loop);
/* Mounts all of them below ROOT, which is made, but those that were not mounted on the captured machine (restore/unmounted_trees.h).
 * What is mounted is added to *MOUNTED (NULL-ended), also on failure. A filesystem that is missing is a warning, unless it is that
 * of "/". 0 or -errno with a sentence. */
int system_mount_all(struct context *ctx, const struct layout *captured, const struct layout *present, const char *root,
		     char ***mounted);
/* Unmounts in reverse order; failures are warnings. Empties *MOUNTED. */
void system_unmount(struct context *ctx, char ***mounted);

#endif
