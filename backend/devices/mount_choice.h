/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Through which of the visible mounts files are captured: filesystems on disks, each directory of them once. */
#ifndef LIFEBOAT_DEVICES_MOUNT_CHOICE_H
#define LIFEBOAT_DEVICES_MOUNT_CHOICE_H

#include "mount_tree.h"

/* Fills in the choices, reasons and views of a tree whose mounts are resolved. 0 or -ENOMEM. */
int mount_tree_choose(struct mount_tree *tree);

#endif
