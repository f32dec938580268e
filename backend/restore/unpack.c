/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unpack.h"

#include <errno.h>

#include "../set/segment_reader.h"
#include "pieces.h"
#include "put.h"

static int leave(struct worker *worker)
{
	(void)worker;
	return 0;
}

/* Holds the present entry against the index, before EACH and after. 0, also for what is salvaged without it; -errno. */
static int take_entry(struct worker *worker, size_t segment, bool counted, int (*each)(struct worker *worker))
{
	struct agreement_check *check = counted ? worker->check : NULL;
	int r = check ? agreement_begin(check, segment, &worker->entry) : 0;

	worker->shown = check != NULL;
	if (r == 0) {
		r = each(worker);
		if (r < 0)
			return r;
		if (check && (r = agreement_end(check)) < 0)
			put_withdraw(worker);
	}
	if (r == 0 && counted)
		keep_first_piece(worker);
	/* A piece whose file is lost already, or is not asked for. */
	if (r == -ENODATA)
		return 0;
	return r < 0 ? work_damaged(worker->work, &worker->ctx, r, segment) : 0;
}

/* Entries until the end of the segment. 0 or -errno with a sentence in the worker's context or the work's. */
static int take_entries(struct worker *worker, size_t segment, bool counted, int (*each)(struct worker *worker))
{
	struct extraction *work = worker->work;
	bool files = work->manifest->segments[segment].kind == SEGMENT_FILES;
	int r;

	while ((r = entry_next(&worker->ctx, &worker->entries, &worker->entry)) > 0) {
		/* What serves the recipe by hand is no part of the tree. */
		r = take_entry(worker, segment, counted, files && worker->entry.recipe ? leave : each);
		if (counted)
			worker_report(worker, false);
		if (r == 0)
			r = context_check_cancel(work->ctx);
		/* The error was there before this was set. */
		if (r == 0 && atomic_load_explicit(&work->stopped, memory_order_acquire))
			r = work->error;
		if (r < 0)
			return r;
	}
	if (r == 0 && counted && worker->check && !work->spoilt[segment])
		r = agreement_segment_complete(&worker->ctx, work->agreement, segment);
	return r;
}

int unpack_start(struct worker *worker, size_t segment, void *data)
{
	return segment_reader_start(&worker->ctx, worker->reader, worker->work->manifest->segments + segment, data);
}

int unpack_segment_data(struct worker *worker, size_t segment, void *data, bool counted, int (*each)(struct worker *worker))
{
	struct extraction *work = worker->work;
	int r = unpack_start(worker, segment, data);

	worker->segment = segment;
	if (r == 0)
		r = take_entries(worker, segment, counted, each);
	segment_reader_end(worker->reader);
	if (r < 0)
		r = work_damaged(work, &worker->ctx, r, segment);
	if (counted && work->agreement)
		agreement_segment_over(work->agreement, segment);
	if (counted && r == 0) {
		work->complete[segment] = !work->spoilt[segment];
		worker_report(worker, true);
	}
	return r;
}

int unpack_segment_lost(struct worker *worker, size_t segment, int error, bool counted)
{
	struct extraction *work = worker->work;

	if (counted && work->agreement)
		agreement_segment_over(work->agreement, segment);
	return work_damaged(work, &worker->ctx, error, segment);
}

int unpack_segment(struct worker *worker, size_t segment, bool counted, int (*each)(struct worker *worker))
{
	struct extraction *work = worker->work;
	void *data = NULL;
	int r = set_segment_load(&worker->ctx, work->set, work->manifest->segments + segment, &data);

	return r == 0 ? unpack_segment_data(worker, segment, data, counted, each) : unpack_segment_lost(worker, segment, r, counted);
}
