/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "job.h"

#include <stdlib.h>
#include <string.h>

#include "large.h"

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
