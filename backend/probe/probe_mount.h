/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which filesystems of the layout are mounted where, and which swap is in use. */
#ifndef LIFEBOAT_PROBE_PROBE_MOUNT_H
#define LIFEBOAT_PROBE_PROBE_MOUNT_H

#include "../devices/mount_tree.h"
#include "probe_nodes.h"

/* Adds the mounts of MOUNTS that lie on devices of the layout. USED: fills in what is used of those filesystems (statvfs). 0 or -errno. */
int probe_mounts(struct probe *probe, const struct mount_tree *mounts, bool used);
/* Notes which swap is in use. 0; -ENOMEM; -errno with a sentence. */
int probe_swaps(struct probe *probe);
/* Kernel names of the disks beneath the filesystems that are mounted at and below the root of MOUNTS, visible or not; *IS_MOUNT tells whether
 * the root itself is one. 0; -ENOMEM; -errno with a sentence. */
int probe_disks_of_root(struct context *ctx, const struct mount_tree *mounts, char ***disks, bool *is_mount);

#endif
