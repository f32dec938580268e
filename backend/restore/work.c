/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "work.h"

#include <errno.h>
#include <string.h>

#include "../core/sentence.h"

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

void work_list_damage(struct extraction *work, const char *why)
{
	bool listed;

	pthread_mutex_lock(&work->lock);
	listed = work->result->damages++ < FAILED_LISTED;
	if (listed)
		strv_append_line(&work->result->damaged, why);
	pthread_mutex_unlock(&work->lock);
	/* A stream that ends early lacks each of those that would have come. */
	if (listed)
		context_warn(work->ctx, "%s", why);
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
	pthread_mutex_lock(&work->lock);
	work->spoilt[segment] = true;
	pthread_mutex_unlock(&work->lock);
	work_list_damage(work, why);
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
