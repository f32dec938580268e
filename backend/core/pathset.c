/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pathset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "clock.h"

void path_key_init(struct path_key *key)
{
	double now = clock_wall();

	if (getrandom(key, sizeof(*key), GRND_NONBLOCK) == (ssize_t)sizeof(*key))
		return;
	/* Early at boot there may be no randomness yet; the clock does then. */
	memcpy(&key->k0, &now, sizeof(key->k0));
	key->k0 *= 0x9e3779b97f4a7c15u;
	key->k1 = (uint64_t)(uintptr_t)key ^ key->k0 << 17;
}

static inline uint64_t rotate(uint64_t x, int by)
{
	return x << by | x >> (64 - by);
}

static inline void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

uint64_t path_hash(const struct path_key *key, const char *path, size_t length)
{
	uint64_t v[4] = { key->k0 ^ 0x736f6d6570736575u, key->k1 ^ 0x646f72616e646f6du, key->k0 ^ 0x6c7967656e657261u,
			  key->k1 ^ 0x7465646279746573u };
	uint64_t last = (uint64_t)length << 56;
	size_t whole = length & ~(size_t)7;

	for (size_t i = 0; i < whole; i += 8) {
		uint64_t word;

		memcpy(&word, path + i, sizeof(word));
		v[3] ^= word;
		sip_round(v);
		sip_round(v);
		v[0] ^= word;
	}
	for (size_t i = whole; i < length; i++)
		last |= (uint64_t)(unsigned char)path[i] << (8 * (i - whole));
	v[3] ^= last;
	sip_round(v);
	sip_round(v);
	v[0] ^= last;
	v[2] ^= 0xff;
	for (int i = 0; i < 4; i++)
		sip_round(v);
	last = v[0] ^ v[1] ^ v[2] ^ v[3];
	return last ? last : 1;
}

static void put(uint64_t *table, size_t capacity, uint64_t hash)
{
	size_t at = (size_t)hash & (capacity - 1);

	while (table[at] && table[at] != hash)
		at = (at + 1) & (capacity - 1);
	table[at] = hash;
}

int pathset_add(struct pathset *set, uint64_t hash)
{
	if (pathset_contains(set, hash))
		return 0;
	if ((set->count + 1) * 4 > set->capacity * 3) {
		size_t capacity = set->capacity ? set->capacity * 2 : 1024;
		uint64_t *table = calloc(capacity, sizeof(*table));

		if (!table)
			return -ENOMEM;
		for (size_t i = 0; i < set->capacity; i++)
			if (set->table[i])
				put(table, capacity, set->table[i]);
		free(set->table);
		set->table = table;
		set->capacity = capacity;
	}
	put(set->table, set->capacity, hash);
	set->count++;
	return 0;
}

bool pathset_contains(const struct pathset *set, uint64_t hash)
{
	size_t at;

	if (!set->capacity)
		return false;
	for (at = (size_t)hash & (set->capacity - 1); set->table[at]; at = (at + 1) & (set->capacity - 1))
		if (set->table[at] == hash)
			return true;
	return false;
}

void pathset_done(struct pathset *set)
{
	free(set->table);
	*set = (struct pathset){ 0 };
}
