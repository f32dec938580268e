/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "block_map.h"

#include <stdlib.h>

void block_map_done(struct block_map *map)
{
	free(map->bits);
	*map = (struct block_map){ 0 };
}

static bool is_used(const struct block_map *map, uint64_t unit)
{
	return unit >= map->count || (map->bits[unit / 8] >> unit % 8 & 1);
}

/* The first unit from AT on, and before END, whose use is WANTED; END: there is none. */
static uint64_t find_unit(const struct block_map *map, uint64_t at, uint64_t end, bool wanted)
{
	while (at < end && is_used(map, at) != wanted)
		at += at % 8 == 0 && at + 8 <= map->count && map->bits[at / 8] == (wanted ? 0 : 0xff) ? 8 : 1;
	return at < end ? at : end;
}

bool block_map_run(const struct block_map *map, uint64_t from, uint64_t end, uint64_t *ret_start, uint64_t *ret_length)
{
	uint64_t last = end / map->unit + (end % map->unit != 0);
	uint64_t first = find_unit(map, from / map->unit, last, true), stop;

	if (from >= end || first == last)
		return false;
	stop = find_unit(map, first, last, false);
	*ret_start = first * map->unit > from ? first * map->unit : from;
	*ret_length = (stop * map->unit < end ? stop * map->unit : end) - *ret_start;
	return true;
}
