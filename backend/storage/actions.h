/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kinds of action a plan is made of, one file each. The rows are borrowed constants.
 */
#ifndef LIFEBOAT_STORAGE_ACTIONS_H
#define LIFEBOAT_STORAGE_ACTIONS_H

#include "action.h"

/* action->node is the disk: everything that says what was on it goes. */
extern const struct action_type action_wipe;
/* action->node is the disk, or the array, which is there then: GPT or MBR with all its partitions, in one write. */
extern const struct action_type action_table;
/* action->node is the array: mdadm with the captured identity and geometry. */
extern const struct action_type action_raid;
/* action->node is the encrypted container: cryptsetup with its kept header or the captured parameters; then it is open. */
extern const struct action_type action_luks;
/* action->node is the volume group: LVM with the captured metadata, all volumes active. */
extern const struct action_type action_lvm;
/* action->node is the filesystem: mkfs with the captured identity and features. */
extern const struct action_type action_filesystem;
/* action->node is a filesystem that comes back as an image: its place is emptied, its blocks come with the files. */
extern const struct action_type action_image;
/* action->node is the swap space. */
extern const struct action_type action_swap;
/* action->node is the btrfs filesystem: all its subvolumes, parents first, and the default one. */
extern const struct action_type action_subvolumes;
/* action->node is the mount. */
extern const struct action_type action_mount;

#endif
