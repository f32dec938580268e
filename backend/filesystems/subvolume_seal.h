/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a subvolume becomes when all its files are there: a copy that others can be sent on top of, and read-only. */
#ifndef LIFEBOAT_FILESYSTEMS_SUBVOLUME_SEAL_H
#define LIFEBOAT_FILESYSTEMS_SUBVOLUME_SEAL_H

#include "../layout/layout.h"

/* Of the open subvolume FD, which NODE describes: marked as the received copy of what was saved (btrfs-receive(8)), so that increments can be
 * sent from it and received on it, and made read-only. 0, or -errno with a sentence. */
int subvolume_seal(struct context *ctx, int fd, const struct node *node);

#endif
