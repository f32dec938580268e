/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sets of paths too many to keep as text: 22 bytes a path at most, whatever its length. Paths stand for their SipHash-2-4
 * (Aumasson and Bernstein, 2012) under a random key, so that a set made with malice cannot arrange that two collide.
 */
#ifndef LIFEBOAT_CORE_PATHSET_H
#define LIFEBOAT_CORE_PATHSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "macro.h"

struct path_key {
	uint64_t k0, k1;
};

/* A key from the kernel's random source. */
void path_key_init(struct path_key *key);
uint64_t path_hash(const struct path_key *key, const char *path, size_t length);

struct pathset {
	uint64_t *table;         /* 0: free */
	size_t capacity;         /* a power of two */
	size_t count;
};

/* 0 or -ENOMEM. */
MUST_CHECK int pathset_add(struct pathset *set, uint64_t hash);
bool pathset_contains(const struct pathset *set, uint64_t hash);
void pathset_done(struct pathset *set);

#endif
