#include "work.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

/* Progress is told when this much was done since. */
#define REPORT_BYTES (1u << 20)
#define REPORT_FILES 64

int worker_init(struct worker *worker, struct extraction *work)
{
	memset(worker, 0, sizeof(*worker));
	worker->work = work;
	worker->tree = tree_new(work->root_fd, &work->filesystems);
	worker->reader = segment_reader_new();
	return worker->tree && worker->reader ? 0 : context_fail(work->ctx, ENOMEM, "out of memory");
}

void worker_done(struct worker *worker)
{
	worker_report(worker, true);
	pax_entry_done(&worker->entry);
	tree_free(worker->tree);
	segment_reader_free(worker->reader);
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

	if (is_fatal(error))
		return fail_fatally(work, shown ? shown : "?", error, fd);
	va_start(arguments, format);
	if (vasprintf(&what, format, arguments) < 0)
		what = NULL;
	va_end(arguments);
	line = text_format("%s: %s: %s", shown ? shown : "?", what ? what : "failed", strerror(error));
	pthread_mutex_lock(&work->lock);
	if (work->failures++ < FAILED_LISTED && line)
		strv_append(&work->result->failed, line);
	pthread_mutex_unlock(&work->lock);
	return 0;
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
	return error;
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

int work_segment_data(struct worker *worker, size_t segment, void *data, bool counted, int (*each)(struct worker *worker))
{
	struct extraction *work = worker->work;
	struct audit_sum sum = { 0 };
	bool files = work->manifest->segments[segment].kind == SEGMENT_FILES;
	int r = segment_reader_start(work->ctx, worker->reader, work->manifest->segments + segment, data);

	worker->segment = segment;
	while (r == 0 && (r = segment_read(work->ctx, worker->reader, &worker->entry)) > 0) {
		/* What serves the recipe by hand is no part of the tree. */
		if (files && worker->entry.recipe) {
			r = 0;
			continue;
		}
		audit_entry(&work->audit, &sum, worker->entry.piece_of ? worker->entry.piece_of : worker->entry.path);
		r = each(worker);
		if (counted)
			worker_report(worker, false);
		if (r == 0)
			r = context_check_cancel(work->ctx);
		/* The error was there before this was set. */
		if (r == 0 && atomic_load_explicit(&work->stopped, memory_order_acquire))
			return work->error;
	}
	if (counted && r == 0) {
		work->audit.unpacked[segment] = sum;
		work->audit.complete[segment] = true;
		worker_report(worker, true);
	}
	return r;
}

int work_segment(struct worker *worker, size_t segment, bool counted, int (*each)(struct worker *worker))
{
	struct extraction *work = worker->work;
	void *data = NULL;
	int r = set_segment_load(work->ctx, work->set, work->manifest->segments + segment, &data);

	if (r == 0)
		r = work_segment_data(worker, segment, data, counted, each);
	return r < 0 ? work_stop(work, r, work->manifest->segments + segment) : 0;
}
