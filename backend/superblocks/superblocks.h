/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The superblocks that are read, one file a kind: what they say goes into NODE, size, used bytes and the properties that making it again needs.
 * All: 0, -EINVAL when the superblock makes no sense, -EIO, -ENOMEM.
 */
#ifndef LIFEBOAT_SUPERBLOCKS_SUPERBLOCKS_H
#define LIFEBOAT_SUPERBLOCKS_SUPERBLOCKS_H

#include "../layout/layout.h"
#include "extent.h"

int superblock_ext(const struct extent *extent, struct node *node);
int superblock_xfs(const struct extent *extent, struct node *node);
int superblock_btrfs(const struct extent *extent, struct node *node);
int superblock_fat(const struct extent *extent, struct node *node);
int superblock_exfat(const struct extent *extent, struct node *node);
int superblock_f2fs(const struct extent *extent, struct node *node);
int superblock_bcache(const struct extent *extent, struct node *node);
/* Size and page size. */
int superblock_swap(const struct extent *extent, struct node *node);
/* A member of an md array: the last that NODE lies on. */
int superblock_md(const struct extent *extent, struct node *node);
/* The header of an encrypted container. */
int superblock_luks(const struct extent *extent, struct node *node);

#endif
