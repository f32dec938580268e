/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The superblocks that are read, one file a kind: what they say goes into NODE, size, used bytes and the properties that making it again needs.
 * All: 0, -EINVAL when the superblock makes no sense, -EIO, -ENOMEM.
 */
#ifndef LIFEBOAT_PROBE_SUPERBLOCKS_H
#define LIFEBOAT_PROBE_SUPERBLOCKS_H

#include "../layout/layout.h"
#include "extent.h"

int probe_ext(const struct extent *extent, struct node *node);
int probe_xfs(const struct extent *extent, struct node *node);
int probe_btrfs(const struct extent *extent, struct node *node);
int probe_fat(const struct extent *extent, struct node *node);
int probe_bcache(const struct extent *extent, struct node *node);
/* Size and page size. */
int probe_swap(const struct extent *extent, struct node *node);
/* A member of an md array: the last that NODE lies on. */
int probe_raid(const struct extent *extent, struct node *node);
/* The header of an encrypted container. */
int probe_luks(const struct extent *extent, struct node *node);

#endif
