/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "job.h"

#include <stdlib.h>
#include <string.h>

#include "large.h"

#define NAMES_BYTES 192 /* path, and what malloc() adds */

struct job *job_new(void)
{
	return calloc(1, sizeof(struct job));
}

void item_done(struct item *item)
{
	pax_entry_done(&item->entry);
	large_unref(item->large);
	item->large = NULL;
}

void job_free(struct job *job)
{
	if (!job)
		return;
	for (size_t i = 0; i < job->count; i++)
		item_done(&job->items[i]);
	free(job->items);
	free(job);
}

/* Holes are not read. */
static uint64_t piece_data(const struct large *large, const struct piece *piece)
{
	uint64_t bytes = 0;

	for (size_t i = piece->first; i < piece->first + piece->count; i++)
		bytes += large->entry.extents[i].length;
	return bytes;
}

uint64_t job_memory(const struct job *job)
{
	uint64_t bytes = job->count * (sizeof(struct item) + NAMES_BYTES);

	for (size_t i = 0; i < job->count; i++) {
		const struct item *item = &job->items[i];

		if (item->large)
			bytes += piece_data(item->large, item->large->pieces + item->piece);
		else if (item->image)
			bytes += item->entry.size;
	}
	return bytes;
}

struct item *job_add(struct job *job)
{
	if (job->count == job->capacity) {
		size_t capacity = job->capacity ? 2 * job->capacity : 16;
		struct item *grown = reallocarray(job->items, capacity, sizeof(*grown));

		if (!grown)
			return NULL;
		job->items = grown;
		job->capacity = capacity;
	}
	memset(&job->items[job->count], 0, sizeof(*job->items));
	return &job->items[job->count++];
}
