/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which mounts are visible. The kernel's rules: a mount stands on a directory of its parent mount; path resolution enters it there, and
 * enters the topmost of several on one place. */
#ifndef LIFEBOAT_DEVICES_MOUNT_RESOLVE_H
#define LIFEBOAT_DEVICES_MOUNT_RESOLVE_H

#include "mount_tree.h"

/* Fills in the visible mounts of a tree that has its table and root directory. 0 or -ENOMEM. */
int mount_tree_resolve(struct mount_tree *tree);

#endif
