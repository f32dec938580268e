/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The options a filesystem of the set is mounted with: of the captured ones only those that decide how contents are
 * stored or shown.
 */
#ifndef LIFEBOAT_FILESYSTEMS_MOUNT_OPTIONS_H
#define LIFEBOAT_FILESYSTEMS_MOUNT_OPTIONS_H

#include "../storage/target.h"

/* The kernel's data string for MOUNT (of target->result). SUBVOLUME: number of the btrfs subvolume it shows, where it
 * shows one: a number cannot be mistaken for further options, as a name could. WITH_WISHED: with those a kernel may
 * lack. New string; NULL when out of memory. */
char *mount_options_data(const struct target *target, const struct node *mount, uint64_t subvolume, bool with_wished);

#endif
