/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tree_progress.h"

int tree_progress_begin(struct context *ctx, const struct set *set, enum progress_work work, const char *step, const char *title, bool part)
{
	const struct manifest *manifest = set_manifest(set);
	int r = progress_plan(ctx->progress, step, title, work, manifest->total_bytes, manifest->total_files);

	if (r == 0)
		progress_begin(ctx, step, part ? 0 : manifest->total_bytes, part ? 0 : manifest->total_files);
	return r < 0 ? context_oom(ctx) : 0;
}
