/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which blocks of a device its content uses. */
#ifndef LIFEBOAT_SUPERBLOCKS_BLOCK_MAP_H
#define LIFEBOAT_SUPERBLOCKS_BLOCK_MAP_H

#include <stdbool.h>
#include <stdint.h>

#define BLOCK_MAP_LIMIT (1ull << 30) /* bytes of BITS */

struct block_map {
	uint64_t unit;           /* bytes that a bit stands for */
	uint64_t count;          /* bits; what lies behind them counts as used */
	unsigned char *bits;     /* the lowest first; NULL: nothing is known */
};

void block_map_done(struct block_map *map);
/* The first used bytes at or behind FROM and before END: *RET_START and *RET_LENGTH. False: there are none. */
bool block_map_run(const struct block_map *map, uint64_t from, uint64_t end, uint64_t *ret_start, uint64_t *ret_length);

#endif
