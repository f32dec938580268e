/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "boot_tape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../core/bytes.h"
#include "../image/output.h"
#include "../sink/convert.h"
#include "../tape/obdr.h"
#include "../tape/volume.h"

/* Before an image is made for it. */
static int check_empty(struct context *ctx, const char *drive)
{
	AUTO_DRIVE struct drive *opened = NULL;
	struct tape_label label = { 0 };
	int r = drive_open(ctx, NULL, drive_path_of(drive), &opened);

	return r == 0 ? volume_need_empty(ctx, opened, &label) : r;
}

int verb_boot_tape(struct context *ctx, const struct image_options *options, const char *drive, const char *set, uint32_t block,
		   struct boot_tape *ret)
{
	AUTO_WORK char *work = NULL;
	AUTO_FREE char *image = NULL, *to = NULL;
	struct image_options iso = *options;
	struct convert_result converted = { 0 };
	int r = check_empty(ctx, drive);

	if (r == 0)
		r = work_directory(ctx, &work);
	if (r < 0)
		return r;
	image = text_format("%s/lifeboat.iso", work);
	to = image ? text_format("tape:%s?block=%u&boot=%s", drive_path_of(drive), block ? block : TAPE_BLOCK, image) : NULL;
	if (!to)
		return context_oom(ctx);
	iso.output = image;
	iso.set = NULL;
	/* When the rescue system runs, the drive is no CD-ROM drive any more. */
	iso.no_tools = true;
	r = image_iso(ctx, &iso);
	if (r == 0)
		r = set_convert(ctx, set, to, &converted);
	free(converted.set_id);
	/* What is on the tape, not what was sent to it. Where the set has further tapes, another one is in. */
	return r == 0 ? verb_boot_tape_check(ctx, drive, ret) : r;
}

int verb_boot_tape_check(struct context *ctx, const char *drive, struct boot_tape *ret)
{
	AUTO_DRIVE struct drive *opened = NULL;
	enum tape_content content;
	struct tape_label label;
	struct obdr_look look;
	int r = drive_open(ctx, NULL, drive_path_of(drive), &opened);

	if (r == 0)
		r = drive_need_tape(ctx, opened, false);
	if (r == 0)
		r = obdr_check(ctx, opened, &look);
	if (r == 0)
		r = volume_identify(ctx, opened, &content, &label);
	if (r == 0)
		r = drive_rewind(ctx, opened);
	if (r < 0)
		return r;
	*ret = (struct boot_tape){ .image_bytes = look.image_bytes, .has_set = content == TAPE_OF_SET };
	memcpy(ret->volume, look.volume, sizeof(ret->volume));
	if (ret->has_set)
		snprintf(ret->created, sizeof(ret->created), "%s", label.created);
	return 0;
}
