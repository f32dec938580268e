/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "set_check.h"

#include <string.h>

#include "../core/background.h"
#include "../core/progress.h"
#include "../set/set.h"

struct set_check {
	struct context ctx;      /* a child: its own cancel, its own sentence */
	struct set *set;
	struct verify_options options;
	struct verify_result result;
	char stamp[DIGEST_HEX];
	atomic_uint_fast64_t checked; /* stored bytes */
	struct background background;
};

static int run(void *data)
{
	struct set_check *check = data;
	int r = set_stamp(&check->ctx, check->set, check->stamp);

	return r ? r : set_verify(&check->ctx, check->set, &check->options, &check->result);
}

static void release(struct set_check *check)
{
	verify_result_done(&check->result);
	context_done(&check->ctx);
	free(check);
}

int set_check_start(struct context *ctx, struct set *set, enum verify_depth depth, struct set_check **ret)
{
	struct set_check *check = calloc(1, sizeof(*check));
	int r;

	if (!check)
		return context_oom(ctx);
	context_init_child(&check->ctx, ctx);
	/* What it counts is told when it is waited for: meanwhile other things have the word. */
	check->ctx.progress = NULL;
	/* A cancel of the session stops what it does now; the check is stopped by whoever gives up the set. */
	check->ctx.parent_cancels = false;
	check->set = set;
	check->options = (struct verify_options){ .depth = depth, .step = "manifest", .checked = &check->checked };
	r = background_start(&check->background, run, check);
	if (r < 0) {
		release(check);
		return context_fail(ctx, -r, "The check of the recovery set cannot be started: %s", strerror(-r));
	}
	*ret = check;
	return 0;
}

bool set_check_is_over(struct set_check *check)
{
	return background_is_over(&check->background);
}

int set_check_wait(struct context *ctx, struct set_check *check)
{
	const struct manifest *manifest = set_manifest(check->set);
	uint64_t stored = 0, told = 0;
	bool over = false;
	int r;

	for (size_t i = 0; i < manifest->segment_count; i++)
		stored += manifest->segments[i].stored;
	progress_begin(ctx, "manifest", stored, 0);
	progress_waits(ctx, PROGRESS_READ);
	while (!over) {
		uint64_t checked;

		r = context_check_cancel(ctx);
		if (r < 0)
			return r;
		over = background_wait(&check->background);
		checked = atomic_load(&check->checked);
		progress_add(ctx, checked - told, 0);
		told = checked;
	}
	progress_waits(ctx, PROGRESS_NONE);
	r = background_result(&check->background);
	if (r < 0)
		return context_fail(ctx, -r, "%s", context_detail(&check->ctx));
	progress_end(ctx);
	return 0;
}

const struct verify_result *set_check_result(const struct set_check *check)
{
	return &check->result;
}

const char *set_check_stamp(const struct set_check *check)
{
	return check->stamp;
}

void set_check_free(struct set_check *check)
{
	if (!check)
		return;
	context_cancel(&check->ctx);
	background_join(&check->background);
	release(check);
}
