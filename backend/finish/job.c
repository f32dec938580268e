/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "job.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "../core/progress.h"
#include "../core/sentence.h"
#include "chroot.h"
#include "rooted.h"

static int add_reason(struct finish_job *job, const char *format, va_list arguments)
{
	AUTO_FREE char *text = sentence_va(format, arguments);

	if (!text)
		return -ENOMEM;
	/* Two disks may fail alike. */
	return strv_contains(job->result->reasons, text) ? 0 : strv_append(&job->result->reasons, text);
}

int job_tells(struct finish_job *job, bool breaks, const char *format, ...)
{
	va_list arguments;
	int r;

	if (breaks)
		job->broken = true;
	va_start(arguments, format);
	r = add_reason(job, format, arguments);
	va_end(arguments);
	return r;
}

int job_note(struct finish_job *job, const char *format, ...)
{
	AUTO_FREE char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	text = sentence_va(format, arguments);
	va_end(arguments);
	if (!text)
		return -ENOMEM;
	/* Of two disks the same may be said. */
	return strv_contains(job->result->notes, text) ? 0 : strv_append(&job->result->notes, text);
}

int job_reasons(struct finish_job *job, char *const *texts)
{
	int r = 0;

	for (; r == 0 && texts && *texts; texts++)
		r = job_reason(job, "%s", *texts);
	return r;
}

int job_replace(struct context *ctx, struct finish_job *job, const char *path, const struct buffer *corrected)
{
	int r = rooted_rewrite(ctx, job->root_fd, path, corrected->data, corrected->length);

	if (r < 0)
		return job_absorb(ctx, job, r, true, "");
	return strv_append(&job->corrected, path) < 0 ? context_oom(ctx) : 1;
}

int job_correct_table(struct context *ctx, struct finish_job *job, const char *path, size_t limit, job_correct_function *correct)
{
	AUTO_BUFFER struct buffer corrected = { 0 };
	AUTO_STRV char **notes = NULL;
	AUTO_FREE char *text = NULL;
	int changed, r = rooted_read(job->root_fd, path, limit, &text);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return job_reason(job, "/%s could not be read, so it was not checked: %s.", path, root_strerror(r));
	changed = correct(job->options->plan, path, text, &corrected, &notes);
	if (changed < 0)
		return changed;
	r = job_reasons(job, notes);
	if (r == 0 && changed > 0)
		r = job_replace(ctx, job, path, &corrected);
	return r <= 0 ? r : job_reason(job, "/%s did not fit this machine and was corrected; the original is /%s%s.", path, path, ROOTED_ORIGINAL);
}

int job_set_aside(struct finish_job *job, const char *path)
{
	const char *name = strrchr(path, '/');
	AUTO_FREE char *directory = name ? strndup(path, (size_t)(name - path)) : strdup("."), *aside = NULL;
	AUTO_CLOSE int parent = directory ? root_open(job->root_fd, directory, O_RDONLY | O_DIRECTORY, 0) : -ENOMEM;

	name = name ? name + 1 : path;
	aside = text_format("%s" ROOTED_ORIGINAL, name);
	if (parent < 0 || !aside)
		return parent < 0 ? parent : -ENOMEM;
	return renameat(parent, name, parent, aside) < 0 ? -errno : strv_append(&job->corrected, path);
}

void job_step(struct context *ctx, const char *format, ...)
{
	AUTO_FREE char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	text = sentence_va(format, arguments);
	va_end(arguments);
	if (!text)
		return;
	context_info(ctx, "%s", text);
	progress_task(ctx, text);
}

int job_absorb(struct context *ctx, struct finish_job *job, int r, bool breaks, const char *before)
{
	if (r >= 0 || r == -ECANCELED || r == -ENOMEM)
		return r < 0 ? r : 0;
	if (breaks)
		job->broken = true;
	r = job_reason(job, "%s%s", sentence_words(before), context_detail(ctx));
	context_clear(ctx);
	return r;
}

int job_inside(struct context *ctx, struct finish_job *job,
	       int (*work)(struct context *ctx, struct finish_job *job, void *data), void *data)
{
	const struct finish_options *options = job->options;
	struct chroot chroot;
	int r = chroot_enter(ctx, options->root, options->firmware, options->plan, &chroot), left;

	if (r < 0)
		return r;
	job->firmware_variables = chroot.firmware_variables;
	r = work(ctx, job, data);
	left = chroot_leave(ctx, &chroot);
	return r < 0 ? r : left;
}

int job_run(struct context *ctx, struct finish_job *job, const char *const *argv, struct run_result *result)
{
	static const char *const environment[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"HOME=/root",
		"TERM=dumb",
		"TMPDIR=/var/tmp",
		"DEBIAN_FRONTEND=noninteractive",
		NULL,
	};
	struct run run = {
		.argv = argv,
		.root = job->options->root,
		.contained = &job->contained,
		.environment = environment,
		.deadline_s = JOB_DEADLINE_S,
	};
	int r = context_check_cancel(ctx);

	return r < 0 ? r : run_program(ctx, &run, result);
}
