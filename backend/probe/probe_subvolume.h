/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Subvolumes of a mounted btrfs, by its tree search ioctl (linux/btrfs.h, linux/btrfs_tree.h): every subvolume has an item with its
 * flags and a reference back to the directory that holds it. No text of a program is parsed; names are bytes.
 */
#ifndef LIFEBOAT_PROBE_PROBE_SUBVOLUME_H
#define LIFEBOAT_PROBE_PROBE_SUBVOLUME_H

#include "../core/context.h"
#include "../layout/layout.h"

/* Adds the subvolumes of the btrfs FILESYSTEM of LAYOUT, and its profiles, as seen through its top directory at PATH. 0; -ENOMEM; -errno with a
 * sentence. */
int probe_subvolumes(struct context *ctx, struct layout *layout, struct node *filesystem, const char *path);

#endif
