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
#include "tools_image.h"

int initramfs_write(struct context *ctx, const struct image_options *options, const char *release, const char *work, int fd,
		    struct contents_totals *totals, const char *tools, bool *ret_tools)
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
	/* Its digest goes into the boot archive. */
	if (r == 0 && tools && !options->no_tools) {
		int made = tools_image_make(ctx, contents, release, tools);

		*ret_tools = made == 0;
		r = made == -ENOENT ? 0 : made;
	}
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

int initramfs_plan(struct context *ctx, bool tools)
{
	int r = 0;

	if (ctx->progress && tools)
		r = progress_plan(ctx->progress, "tools", N_("Building the tools image"), PROGRESS_PACK, INITRAMFS_WEIGHT, 0);
	if (ctx->progress && r == 0)
		r = progress_plan(ctx->progress, "initramfs", N_("Building the boot archive"), PROGRESS_PACK, INITRAMFS_WEIGHT, 0);
	return r < 0 ? context_oom(ctx) : 0;
}

int image_initramfs(struct context *ctx, const struct image_options *options)
{
	struct output AUTO_OUTPUT output = OUTPUT_NONE;
	AUTO_WORK char *work = NULL;
	AUTO_FREE char *kernel = NULL, *release = NULL;
	struct contents_totals totals;
	int r = image_kernel(ctx, options, &kernel, &release);

	if (r == 0)
		r = requirements_check(ctx, REQUIREMENTS_ARCHIVE, NULL);
	if (r == 0)
		r = output_open(ctx, options->output, access_is_there(), &output);
	if (r == 0)
		r = work_directory(ctx, &work);
	if (r == 0)
		r = initramfs_plan(ctx, false);
	if (r == 0)
		r = initramfs_write(ctx, options, release, work, output.fd, &totals, NULL, NULL);
	return r < 0 ? r : output_commit(ctx, &output);
}
