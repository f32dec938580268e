/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ways: the directories above volumes, without which what is mounted below them could not come back. */
#ifndef LIFEBOAT_CAPTURE_WALK_WAYS_H
#define LIFEBOAT_CAPTURE_WALK_WAYS_H

#include <stdbool.h>

#include "../storage/volumes.h"

struct walk_ways;

/* NULL when out of memory. */
struct walk_ways *walk_ways_new(const struct volumes *volumes);
void walk_ways_free(struct walk_ways *ways);
/* True when PATH must be a directory because a volume lies below it. */
bool walk_ways_has(const struct walk_ways *ways, const char *path);
/* The directory PATH is in the set. */
void walk_ways_emitted(struct walk_ways *ways, const char *path);
/* True when PATH is one of them, and not in the set yet. */
bool walk_ways_lacks(const struct walk_ways *ways, const char *path);

#endif
