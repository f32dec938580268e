/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which clusters an NTFS volume uses, by its own bitmap. Believed only of a volume that was closed cleanly: neither marked dirty nor with
 * an open log, as Windows leaves it when it hibernates or starts fast. Offsets as in the Linux kernel's fs/ntfs3/ntfs.h.
 */
#ifndef LIFEBOAT_SUPERBLOCKS_NTFS_H
#define LIFEBOAT_SUPERBLOCKS_NTFS_H

#include "block_map.h"
#include "extent.h"

/* Reads it of the volume that EXTENT holds. 0; -EINVAL: it is none, or makes no sense; -EUCLEAN: it was not closed cleanly; -EIO, -ENOMEM. */
int ntfs_read_used(const struct extent *extent, struct block_map *ret);

#endif
