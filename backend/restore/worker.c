/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker.h"

#include <string.h>

#include "../core/progress.h"
#include "../set/segment_reader.h"
#include "write_behind.h"

/* Progress is told when this much was done since. */
#define REPORT_BYTES (1u << 20)
#define REPORT_FILES 64

int worker_init(struct worker *worker, struct extraction *work)
{
	memset(worker, 0, sizeof(*worker));
	worker->work = work;
	context_init_child(&worker->ctx, work->ctx);
	worker->tree = tree_new(work->root_fd, &work->filesystems);
	worker->reader = segment_reader_new();
	if (worker->reader)
		worker->entries = segment_entries(worker->reader);
	if (work->agreement)
		worker->check = agreement_check_new(&worker->ctx, work->agreement);
	return worker->tree && worker->reader && (worker->check || !work->agreement) ? 0 : context_oom(work->ctx);
}

void worker_done(struct worker *worker)
{
	worker_report(worker, true);
	pax_entry_done(&worker->entry);
	tree_free(worker->tree);
	entry_source_close(&worker->entries);
	agreement_check_free(worker->check);
	context_done(&worker->ctx);
}

void worker_report(struct worker *worker, bool force)
{
	struct extraction *work = worker->work;

	if (!force && worker->bytes < REPORT_BYTES && worker->files < REPORT_FILES)
		return;
	pthread_mutex_lock(&work->lock);
	work->result->bytes += worker->bytes;
	work->result->files += worker->files;
	pthread_mutex_unlock(&work->lock);
	if (worker->entry.path)
		progress_item(work->ctx, worker->entry.piece_of ? worker->entry.piece_of : worker->entry.path);
	progress_add(work->ctx, worker->bytes, worker->files);
	write_behind_add(work->behind, worker->bytes);
	worker->bytes = worker->files = 0;
}
