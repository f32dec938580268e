/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copies of a filesystem that a machine had beside the original, with its UUID: of btrfs and xfs two of one UUID cannot be made and mounted beside
 * each other, so that a plan gives the copy a UUID of its own.
 */
#ifndef LIFEBOAT_LAYOUT_COPIES_H
#define LIFEBOAT_LAYOUT_COPIES_H

#include "../core/macro.h"
#include "layout.h"

/* For each node of LAYOUT, by its number: the filesystem that it is a copy of, which keeps the UUID that both have - the one that is mounted, else
 * the first. NULL: the node keeps its own. *RET is the caller's. 0 or -ENOMEM. */
MUST_CHECK int copies_find(const struct layout *layout, const struct node ***ret);

#endif
