/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The picture of what is mounted, from the mount table alone: nothing is opened, asked or waited for. */
#ifndef LIFEBOAT_DEVICES_MOUNT_PICTURE_H
#define LIFEBOAT_DEVICES_MOUNT_PICTURE_H

#include "mount_tree.h"

/* Reads the mount table below the context's prefix. ROOT is an absolute path without symbolic links and dots. 0 or -errno with a
 * sentence. */
int mount_tree_read(struct context *ctx, const char *root, struct mount_tree **ret);

#endif
