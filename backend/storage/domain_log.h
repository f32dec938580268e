/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Domain logs: which stretches of a device are used, as partclone writes it for GNU ddrescue (its manual, "Mapfile structure"): comments, a line with
 * the position that was reached, then lines "POSITION SIZE STATUS" without a gap, '+' a used stretch, '?' an unused one.
 */
#ifndef LIFEBOAT_STORAGE_DOMAIN_LOG_H
#define LIFEBOAT_STORAGE_DOMAIN_LOG_H

#include "../superblocks/block_map.h"

/* Reads TEXT, which tells of a device of SIZE bytes from its first one on. 0 or, with RET untouched, -EINVAL: it is malformed, has a gap, stops
 * before the position that it names, or leads behind the device; -EFBIG, -ENOMEM. */
int domain_log_read(const char *text, uint64_t size, struct block_map *ret);

#endif
