/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "splits.h"

#include <errno.h>
#include <search.h>
#include <string.h>

void splits_init(struct splits *splits)
{
	pthread_mutex_init(&splits->lock, NULL);
	splits->tree = NULL;
}

static void free_split(void *node)
{
	struct split *split = node;

	pax_entry_done(&split->entry);
	free(split->pieces);
	free(split->path);
	free(split);
}

void splits_done(struct splits *splits)
{
	tdestroy(splits->tree, free_split);
	pthread_mutex_destroy(&splits->lock);
}

static int compare_paths(const void *a, const void *b)
{
	const struct split *left = a, *right = b;

	return strcmp(left->path, right->path);
}

struct split *splits_get(struct splits *splits, const char *path, uint64_t whole_size)
{
	struct split wanted = { .path = (char *)path }, *made;
	void *found = tfind(&wanted, &splits->tree, compare_paths);

	if (found)
		return *(struct split **)found;
	made = calloc(1, sizeof(*made));
	if (!made)
		return NULL;
	made->path = strdup(path);
	made->whole_size = whole_size;
	if (!made->path || !tsearch(made, &splits->tree, compare_paths)) {
		free(made->path);
		free(made);
		return NULL;
	}
	return made;
}

int split_add_piece(struct split *split, uint64_t offset, uint64_t length)
{
	struct pax_extent *grown = reallocarray(split->pieces, split->piece_count + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	split->pieces = grown;
	split->pieces[split->piece_count++] = (struct pax_extent){ offset, length };
	return 0;
}

static int compare_pieces(const void *a, const void *b)
{
	const struct pax_extent *left = a, *right = b;

	return left->offset < right->offset ? -1 : left->offset > right->offset;
}

bool split_is_whole(struct split *split)
{
	uint64_t end = 0;

	if (split->piece_count)
		qsort(split->pieces, split->piece_count, sizeof(*split->pieces), compare_pieces);
	for (size_t i = 0; i < split->piece_count; end += split->pieces[i++].length)
		if (split->pieces[i].offset != end)
			return false;
	return end == split->whole_size;
}
