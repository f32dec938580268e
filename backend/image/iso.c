/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ISO image: xorriso(1) puts the boot archive, the loaders and the set together. */
#include <errno.h>
#include <string.h>
#include <uuid/uuid.h>

#include "../core/bytes.h"
#include "../core/progress.h"
#include "../remote/access.h"
#include "burn.h"
#include "initramfs.h"
#include "iso_inside.h"
#include "output.h"
#include "requirements.h"

/* The set, when there is one, is on the list of files already. */
static int plan_progress(struct iso *iso)
{
	struct progress *progress = iso->ctx->progress;
	uint64_t set = iso->options->volume_size ? iso_set_bytes(&iso->set) : iso->grafts.bytes;
	int r = 0;

	if (!progress)
		return 0;
	r = initramfs_plan(iso->ctx, !iso->options->no_tools);
	if (r == 0)
		r = progress_plan(progress, "iso", N_("Writing the image"), PROGRESS_COPY, INITRAMFS_WEIGHT / 4 + set, 0);
	if (r == 0 && iso->set.set)
		r = progress_plan(progress, "check", N_("Checking the set on the image"), PROGRESS_CHECK, set, 0);
	return r < 0 ? context_oom(iso->ctx) : 0;
}

static int make_one(struct iso *iso)
{
	struct output AUTO_OUTPUT output = OUTPUT_NONE;
	AUTO_FREE char *label = iso_label(iso), *image = NULL;
	int r = work_directory(iso->ctx, &iso->work);

	/* What is burned is made as a file first. */
	if (r == 0 && !(image = iso->burns ? text_format("%s/rescue.iso", iso->work) : strdup(iso->options->output)))
		r = context_oom(iso->ctx);
	/* A set holds secrets of its machine, and the boot archive what opens servers. */
	if (r == 0)
		r = output_open(iso->ctx, image, iso->set.set || access_is_there(), &output);
	if (r == 0 && iso->set.set)
		r = iso_set_add(iso->ctx, &iso->set, iso->work, &iso->grafts);
	if (r == 0)
		r = plan_progress(iso);
	if (r == 0)
		r = iso_add_system(iso);
	if (r == 0)
		r = iso_check_space(iso->ctx, output.fd, output.path, iso->grafts.bytes);
	if (r < 0)
		return r;
	progress_begin(iso->ctx, "iso", iso->grafts.bytes, 0);
	r = label ? iso_write(iso, &iso->grafts, label, true, output.temporary) : context_oom(iso->ctx);
	if (r < 0)
		return r;
	progress_end(iso->ctx);
	if (iso->set.set) {
		progress_begin(iso->ctx, "check", iso->grafts.bytes, 0);
		r = iso_set_check(iso->ctx, &iso->set, output.temporary);
		progress_end(iso->ctx);
	}
	if (r == 0)
		r = output_commit(iso->ctx, &output);
	if (r == 0 && iso->burns)
		r = burn_image(iso->ctx, iso->options->output, iso->options->overwrite, image, iso->work);
	if (r == 0)
		iso_tell(iso, iso->burns ? iso->options->output : image);
	return r;
}

static int make_discs(struct iso *iso)
{
	int r = work_directory(iso->ctx, &iso->work);

	if (r == 0)
		r = iso_set_fetch(iso->ctx, &iso->set, iso->work);
	if (r == 0)
		r = plan_progress(iso);
	return r == 0 ? iso_make_discs(iso) : r;
}

static int make(struct iso *iso)
{
	uuid_t id;
	int r = 0;

	if (iso->options->set) {
		r = iso_set_open(iso->ctx, iso->options->set, &iso->set);
		iso->menu.set_id = r == 0 ? set_manifest(iso->set.set)->set_id : NULL;
	}
	if (r == 0)
		r = requirements_check(iso->ctx, REQUIREMENTS_IMAGE, iso->set.set ? set_manifest(iso->set.set)->layout : NULL);
	iso->burns = burn_is_drive(iso->options->output);
	if (r == 0 && iso->burns)
		r = burn_check(iso->ctx, iso->options->output, iso->options->overwrite);
	uuid_generate_random(id);
	uuid_unparse_lower(id, iso->menu.media_id);
	if (r < 0)
		return r;
	return iso->options->volume_size ? make_discs(iso) : make_one(iso);
}

int image_iso(struct context *ctx, const struct image_options *options)
{
	struct iso iso = {
		.ctx = ctx, .options = options,
		.menu = { .arguments = options->arguments, .default_entry = options->default_entry, .timeout_s = options->timeout_s },
	};
	int r = image_kernel(ctx, options, &iso.kernel, &iso.release);

	if (r == 0)
		r = make(&iso);
	loader_done(&iso.loader);
	grafts_done(&iso.grafts);
	iso_set_done(&iso.set);
	work_done(&iso.work);
	free(iso.kernel);
	free(iso.release);
	free(iso.initramfs);
	return r;
}
