/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "walk_ways.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A directory above a volume. */
struct way {
	char *path;
	bool is_emitted;
};

struct walk_ways {
	struct way *items;       /* in the order of strcmp(3), each once */
	size_t count;
};

static int by_path(const void *a, const void *b)
{
	const struct way *x = a, *y = b;

	return strcmp(x->path, y->path);
}

void walk_ways_free(struct walk_ways *ways)
{
	if (!ways)
		return;
	for (size_t i = 0; i < ways->count; i++)
		free(ways->items[i].path);
	free(ways->items);
	free(ways);
}

/* Adds every directory above PATH, but not the captured one. */
static int add_ways(struct walk_ways *ways, size_t *capacity, const char *path)
{
	for (const char *cut = strchr(path, '/'); cut; cut = strchr(cut + 1, '/')) {
		if (ways->count == *capacity) {
			size_t larger = *capacity ? 2 * *capacity : 16;
			struct way *grown = reallocarray(ways->items, larger, sizeof(*grown));

			if (!grown)
				return -ENOMEM;
			ways->items = grown;
			*capacity = larger;
		}
		ways->items[ways->count] = (struct way){ .path = strndup(path, (size_t)(cut - path)) };
		if (!ways->items[ways->count++].path)
			return -ENOMEM;
	}
	return 0;
}

static void sort_ways(struct walk_ways *ways)
{
	size_t kept = 0;

	if (!ways->count)
		return;
	qsort(ways->items, ways->count, sizeof(*ways->items), by_path);
	for (size_t i = 1; i < ways->count; i++) {
		if (by_path(&ways->items[i], &ways->items[kept]))
			ways->items[++kept] = ways->items[i];
		else
			free(ways->items[i].path);
	}
	ways->count = kept + 1;
}

struct walk_ways *walk_ways_new(const struct volumes *volumes)
{
	struct walk_ways *ways = calloc(1, sizeof(*ways));
	const struct volume *volume;
	size_t capacity = 0;
	int r = ways ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && (volume = volumes_get(volumes, i)); i++)
		if (!volume->error)
			r = add_ways(ways, &capacity, volume->path);
	if (r < 0) {
		walk_ways_free(ways);
		return NULL;
	}
	sort_ways(ways);
	return ways;
}

static struct way *find_way(const struct walk_ways *ways, const char *path)
{
	const struct way key = { .path = (char *)path };

	return ways->count ? bsearch(&key, ways->items, ways->count, sizeof(key), by_path) : NULL;
}

bool walk_ways_has(const struct walk_ways *ways, const char *path)
{
	return find_way(ways, path) != NULL;
}

void walk_ways_emitted(struct walk_ways *ways, const char *path)
{
	struct way *way = find_way(ways, path);

	if (way)
		way->is_emitted = true;
}

bool walk_ways_lacks(const struct walk_ways *ways, const char *path)
{
	const struct way *way = find_way(ways, path);

	return way && !way->is_emitted;
}
