/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as what a volume says of itself - the label and the end of a tape, the file of a disc of several -, and as what lies before the set on a tape:
 * what is taken keeps its bounds, and comes back equal when it is written. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../backend/core/bytes.h"
#include "../../backend/core/file.h"
#include "../../backend/set/discs.h"
#include "../../backend/tape/label.h"
#include "../../backend/tape/obdr.h"
#include "../../backend/tape/volume.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_label(const uint8_t *data, size_t size)
{
	struct tape_label label, again;
	struct tape_end end, end_again;

	if (tape_label_parse(data, size, &label)) {
		AUTO_FREE void *record = tape_block_is_good(label.block) ? tape_label_print(&label) : NULL;

		if (label.block != size || label.number > TAPES_MAX ||
		    (record && (!tape_label_parse(record, label.block, &again) || memcmp(&label, &again, sizeof(label)) != 0)))
			abort();
	}
	if (tape_end_parse(data, size, &end)) {
		AUTO_FREE void *record = tape_end_print(&end, TAPE_BLOCK_MIN);

		if (!record || !tape_end_parse(record, TAPE_BLOCK_MIN, &end_again) || end.offset != end_again.offset || end.last != end_again.last)
			abort();
	}
}

static void check_disc(const uint8_t *data, size_t size)
{
	AUTO_DISCS struct discs *discs = NULL, *again = NULL;
	AUTO_FREE char *text = NULL, *described = NULL;
	uint32_t disc;

	if (discs_parse((const char *)data, size, &discs) < 0)
		return;
	for (uint32_t segment = 0; segment < discs_segments(discs) && segment < 5000; segment++) {
		disc = discs_find(discs, segment);
		if (disc > discs->count || (disc && segment < discs->list[disc - 1].first))
			abort();
	}
	text = discs_print(discs);
	described = discs_describe(discs, discs->number);
	if (!text || !described || discs_parse(text, strlen(text), &again) < 0 || !discs_match(discs, again) || again->number != discs->number)
		abort();
}

/* The bytes as an image of a tape, which a regular file is. */
static void check_tape(const uint8_t *data, size_t size)
{
	AUTO_CLOSE int fd = memfd_create("tape", MFD_CLOEXEC);
	AUTO_FREE char *path = text_format("/proc/self/fd/%d", fd);
	struct context ctx;
	struct drive *drive;
	struct tape_label label;
	struct obdr_look look;
	enum tape_content content;

	if (fd < 0 || write_all(fd, data, size) < 0)
		abort();
	context_init(&ctx);
	if (drive_open(&ctx, &drive_image, path, &drive) < 0)
		abort();
	if (obdr_check(&ctx, drive, &look) == 0 && (look.image_bytes > size || strlen(look.volume) > 32))
		abort();
	if (volume_identify(&ctx, drive, &content, &label) == 0 && content == TAPE_OF_SET && label.number == 0)
		abort();
	drive_close(drive);
	context_done(&ctx);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_label(data, size);
	check_disc(data, size);
	check_tape(data, size);
	return 0;
}
