/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which clusters an NTFS volume uses, by its own bitmap. Believed only of a volume that was closed cleanly: neither marked dirty nor with
 * an open log, as Windows leaves it when it hibernates or starts fast. Offsets as in the Linux kernel's fs/ntfs3/ntfs.h.
 */
#ifndef LIFEBOAT_SUPERBLOCKS_NTFS_H
#define LIFEBOAT_SUPERBLOCKS_NTFS_H

#include "extent.h"

struct ntfs_used {
	uint64_t cluster;        /* bytes of one */
	uint64_t count;          /* clusters; what lies behind them counts as used */
	unsigned char *bits;     /* a bit each, the lowest first */
};

/* Reads it of the volume that EXTENT holds. 0; -EINVAL: it is none, or makes no sense; -EUCLEAN: it was not closed cleanly; -EIO, -ENOMEM. */
int ntfs_read_used(const struct extent *extent, struct ntfs_used *ret);
void ntfs_used_done(struct ntfs_used *used);
/* The first used bytes at or behind FROM and before END: *RET_START and *RET_LENGTH. False: there are none. */
bool ntfs_used_run(const struct ntfs_used *used, uint64_t from, uint64_t end, uint64_t *ret_start, uint64_t *ret_length);

#endif
