/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "work.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

#include "../core/sentence.h"
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

/* No other entry would fare better. */
static bool is_fatal(int error)
{
	switch (error) {
	case ENOSPC: case EDQUOT: case EIO: case EROFS: case ENODEV: case ESHUTDOWN: case ENOMEM: case EMFILE: case ENFILE:
		return true;
	default:
		return false;
	}
}

static int fail_fatally(struct extraction *work, const char *path, int error, int fd)
{
	AUTO_FREE char *filesystem = filesystem_describe(fd);
	const char *where = filesystem ? filesystem : "target filesystem";

	switch (error) {
	case ENOSPC:
		return context_fail(work->ctx, error, "no space is left on the %s: stopped at '%s'", where, path);
	case EDQUOT:
		return context_fail(work->ctx, error, "the quota is used up on the %s: stopped at '%s'", where, path);
	case EROFS:
		return context_fail(work->ctx, error, "the %s is read-only: stopped at '%s'", where, path);
	default:
		return context_fail(work->ctx, error, "writing to the %s failed at '%s': %s", where, path, strerror(error));
	}
}

int work_failed(struct extraction *work, const char *path, int error, int fd, const char *format, ...)
{
	AUTO_FREE char *shown = bytes_escape(path, strlen(path)), *what = NULL, *line = NULL;
	va_list arguments;
	int r;

	if (is_fatal(error))
		return fail_fatally(work, shown ? shown : "?", error, fd);
	va_start(arguments, format);
	what = sentence_va(format, arguments);
	va_end(arguments);
	line = sentence("%s: %s: %s", shown ? shown : "?", what ? what : "failed", strerror(error));
	pthread_mutex_lock(&work->lock);
	if (work->failures++ < FAILED_LISTED && line)
		strv_append_line(&work->result->failed, line);
	r = pathset_add(&work->failed, path_hash(&work->key, path, strlen(path)));
	pthread_mutex_unlock(&work->lock);
	return r < 0 ? context_oom(work->ctx) : 0;
}

size_t work_failures(struct extraction *work)
{
	size_t failures;

	pthread_mutex_lock(&work->lock);
	failures = work->failures;
	pthread_mutex_unlock(&work->lock);
	return failures;
}

int work_stop(struct extraction *work, int error, const struct segment *segment)
{
	pthread_mutex_lock(&work->lock);
	if (!work->error) {
		work->error = error;
		work->damaged = error == -EBADMSG ? segment : NULL;
	}
	pthread_mutex_unlock(&work->lock);
	atomic_store(&work->stopped, true);
	if (work->agreement)
		agreement_stop(work->agreement);
	return error;
}

int work_damaged(struct extraction *work, struct context *ctx, int error, size_t segment)
{
	AUTO_FREE char *why = strdup(context_detail(ctx));
	/* What the target's disk fails with has its sentence in work->ctx. */
	bool of_set = why && *why && set_error_is_of_set(error);

	context_clear(ctx);
	if (!of_set || !set_error_is_damage(error) || !work->options->salvage) {
		if (why && *why)
			context_fail(work->ctx, -error, "%s", why);
		pthread_mutex_lock(&work->lock);
		work->result->set_failed |= of_set && !work->error;
		pthread_mutex_unlock(&work->lock);
		return work_stop(work, error, work->manifest->segments + segment);
	}
	context_warn(work->ctx, "%s", why);
	pthread_mutex_lock(&work->lock);
	work->spoilt[segment] = true;
	if (work->result->damages++ < FAILED_LISTED)
		strv_append_line(&work->result->damaged, why);
	pthread_mutex_unlock(&work->lock);
	return 0;
}

void work_left_out(struct extraction *work)
{
	bool say;

	pthread_mutex_lock(&work->lock);
	say = !work->left_out_said;
	work->left_out_said = true;
	pthread_mutex_unlock(&work->lock);
	if (say)
		context_warn(work->ctx, "without root's rights owners and privileged attributes are left out");
}

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

int work_start(struct worker *worker, size_t segment, void *data)
{
	return segment_reader_start(&worker->ctx, worker->reader, worker->work->manifest->segments + segment, data);
}

int work_segment_data(struct worker *worker, size_t segment, void *data, bool counted, int (*each)(struct worker *worker))
{
	struct extraction *work = worker->work;
	int r = work_start(worker, segment, data);

	worker->segment = segment;
	if (r == 0)
		r = take_entries(worker, segment, counted, each);
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

int work_segment_lost(struct worker *worker, size_t segment, int error, bool counted)
{
	struct extraction *work = worker->work;

	if (counted && work->agreement)
		agreement_segment_over(work->agreement, segment);
	return work_damaged(work, &worker->ctx, error, segment);
}

int work_segment(struct worker *worker, size_t segment, bool counted, int (*each)(struct worker *worker))
{
	struct extraction *work = worker->work;
	void *data = NULL;
	int r = set_segment_load(&worker->ctx, work->set, work->manifest->segments + segment, &data);

	return r == 0 ? work_segment_data(worker, segment, data, counted, each) : work_segment_lost(worker, segment, r, counted);
}
