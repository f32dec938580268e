/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which blocks of a device are used, as partclone tells for filesystems that it knows. Asked only of kinds that it, or this module, finds out not to
 * have been closed cleanly: HFS+, reiser4 and reiserfs say so to partclone itself, exfat and minix are looked at here. Not of f2fs, apfs and jfs,
 * whose maps partclone makes without looking. It opens the device for reading only (its source, strace).
 */
#ifndef LIFEBOAT_STORAGE_PARTCLONE_MAP_H
#define LIFEBOAT_STORAGE_PARTCLONE_MAP_H

#include "../core/context.h"
#include "../superblocks/block_map.h"

/* Reads the map of the filesystem of KIND, libblkid's name, on the device open as FD, of SIZE bytes. 1; 0: KIND is none of these, or,
 * with the reason in *RET_WHY, a new sentence, there is no map or none to be believed; -ENOMEM, -ECANCELED with a sentence. */
MUST_CHECK int partclone_map_read(struct context *ctx, const char *kind, int fd, uint64_t size, struct block_map *ret, char **ret_why);

#endif
