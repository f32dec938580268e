/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "initramfs.h"

#include <errno.h>
#include <string.h>

#include "../core/bytes.h"
#include "../core/progress.h"
#include "../remote/access.h"
#include "modules.h"
#include "output.h"
#include "requirements.h"
#include "skeleton.h"

int initramfs_write(struct context *ctx, const struct image_options *options, const char *release, const char *work, int fd,
		    struct contents_totals *totals)
{
	struct contents AUTO_CONTENTS *contents = contents_new();
	struct programs AUTO_PROGRAMS *programs = contents ? programs_new(ctx, contents) : NULL;
	AUTO_FREE char *stage = text_format("%s/modules", work);
	AUTO_FREE char *size = NULL, *unpacked = NULL;
	int r;

	if (!programs || !stage)
		return context_oom(ctx);
	r = programs_add_as(ctx, programs, "/usr/bin/lifeboat", options->program ? options->program : "/proc/self/exe");
	if (r == 0)
		r = skeleton_add(ctx, contents, options->catalogues ? options->catalogues : LOCALEDIR);
	if (r == 0)
		r = tools_add(ctx, contents, programs);
	if (r == 0)
		r = modules_add(ctx, contents, release, stage);
	progress_begin(ctx, "initramfs", contents_bytes(contents), 0);
	if (r == 0)
		r = contents_write(ctx, contents, fd, totals);
	if (r < 0)
		return r;
	progress_end(ctx);
	size = bytes_print_size(totals->compressed);
	unpacked = bytes_print_size(totals->bytes);
	context_info(ctx, "The boot archive for kernel %s is %s, %s in memory", release, size ? size : "", unpacked ? unpacked : "");
	return 0;
}

int image_initramfs(struct context *ctx, const struct image_options *options)
{
	struct output AUTO_OUTPUT output = OUTPUT_NONE;
	AUTO_WORK char *work = NULL;
	AUTO_FREE char *kernel = NULL, *release = NULL;
	struct contents_totals totals;
	int r = image_kernel(ctx, options, &kernel, &release);

	if (r == 0)
		r = requirements_check(ctx, false, NULL);
	if (r == 0)
		r = output_open(ctx, options->output, access_is_there(), &output);
	if (r == 0)
		r = work_directory(ctx, &work);
	if (r == 0 && ctx->progress &&
	    progress_plan(ctx->progress, "initramfs", N_("Building the boot archive"), PROGRESS_PACK, INITRAMFS_WEIGHT, 0) < 0)
		r = context_oom(ctx);
	if (r == 0)
		r = initramfs_write(ctx, options, release, work, output.fd, &totals);
	return r < 0 ? r : output_commit(ctx, &output);
}
