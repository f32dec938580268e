/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mkfs_make.h"

#include <errno.h>
#include <string.h>

#include "../core/ops.h"

/* Large disks that must be written to (no lazy initialisation) take their time. */
#define MKFS_DEADLINE_S 7200

/* Gathers what a program says. */
static void keep_line(void *data, const char *line)
{
	/* Out of memory: an option is taken as not known, and is then not used. */
	if (!buffer_append(data, line, strlen(line)))
		(void)buffer_append(data, "\n", 1);
}

/* What the program says when it is used wrongly: the only list of its options it has. */
static int read_usage(struct context *ctx, const struct mkfs_kind *kind, bool trial, struct buffer *usage)
{
	struct run run = { .argv = (const char *const[]){ kind->program, NULL },
			   .trial = trial,
			   .line = keep_line,
			   .line_data = usage };

	memset(run.accept, 1, sizeof(run.accept));
	return ops_of(ctx)->run(ctx, &run, NULL);
}

/* A program that was ended from outside refuses nothing. */
static bool was_killed(const struct run_result *result)
{
	return result->status > 128;
}

/* On a file no disk can fail: what is wrong with the arguments is said first, and often followed by all options there are. mkfs.f2fs tells what it
 * does, and then, by this word, why it does not. */
static int fail_trial(struct context *ctx, char **argv, const struct mkfs_request *request, const struct buffer *said)
{
	static const char word[] = "Error: ";
	const char *text = said->data ? said->data : "", *why = strstr(text, word);
	const char *begin = why ? why + strlen(word) : text + strspn(text, "\n");
	AUTO_FREE char *first = strndup(begin, strcspn(begin, "\n"));

	return context_reword(ctx, EINVAL, "The %s filesystem '%s' cannot be recreated, because %s refuses it: %s",
			    request->node->filesystem.kind, mkfs_name(request->node), argv[0], first ? first : "");
}

/* libblkid's cache names devices that are gone by what was on them: mkfs.btrfs would refuse the UUID. /dev/null is an empty one. mkfs.exfat takes a
 * label as letters of the locale, and does nothing where that is not installed. */
static const char *const environment[] = { "BLKID_FILE=/dev/null", NULL };
static const char *const label_environment[] = { "BLKID_FILE=/dev/null", "LC_ALL=C.UTF-8", NULL };

bool mkfs_label_is_ascii(const char *label)
{
	for (; label && *label; label++)
		if ((unsigned char)*label > 0x7f)
			return false;
	return true;
}

static int run_vector(struct context *ctx, char **argv, const struct mkfs_request *request)
{
	AUTO_BUFFER struct buffer said = { 0 };
	bool is_ascii = mkfs_label_is_ascii(request->node->label);
	struct run run = { .argv = (const char *const *)argv, .environment = is_ascii ? environment : label_environment,
			   .inherit = request->inherit, .trial = request->trial,
			   .deadline_s = MKFS_DEADLINE_S, .line = keep_line, .line_data = &said };
	AUTO_RUN_RESULT struct run_result result = { 0 };
	int r = run_program(ctx, &run, &result);

	/* Without a word it is told as any program that fails: killed by which signal, or its exit status. */
	return r == -EIO && request->trial && !was_killed(&result) && said.length ? fail_trial(ctx, argv, request, &said) : r;
}

static int make_vector(struct context *ctx, const struct mkfs_kind *kind, struct mkfs_request *request, char ***argv)
{
	AUTO_BUFFER struct buffer usage = { 0 };
	int r = kind->shows_usage ? read_usage(ctx, kind, request->trial, &usage) : 0;

	if (r)
		return r;
	request->usage = usage.data;
	r = strv_append(argv, kind->program);
	if (!r)
		r = kind->arguments(request, argv);
	request->usage = NULL;
	if (r == -EINVAL)
		return context_fail(ctx, EINVAL,
				    "The set describes the %s filesystem '%s' with values that make no sense",
				    kind->kind, mkfs_name(request->node));
	return r ? context_oom(ctx) : 0;
}

int mkfs_make(struct context *ctx, const struct mkfs_kind *kind, struct mkfs_request *request)
{
	AUTO_STRV char **argv = NULL, **tune = NULL;
	int r = make_vector(ctx, kind, request, &argv);

	if (!r)
		r = run_vector(ctx, argv, request);
	if (r || request->dry)
		return r;
	r = kind->tune ? kind->tune(request, &tune) : 0;
	if (r)
		return context_fail(ctx, -r, "The set describes the %s filesystem '%s' with values that make no sense",
				    kind->kind, mkfs_name(request->node));
	if (tune)
		r = run_vector(ctx, tune, request);
	return r || !kind->finish ? r : kind->finish(ctx, request);
}
