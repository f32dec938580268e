/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One tape of a series in a drive: which one it is, the right one asked for until it is in, a new one begun and ended. */
#ifndef LIFEBOAT_TAPE_VOLUME_H
#define LIFEBOAT_TAPE_VOLUME_H

#include "drive.h"
#include "label.h"

enum tape_content {
	TAPE_BLANK,
	TAPE_NAMED, /* empty, with a name */
	TAPE_OF_SET,
	TAPE_FOREIGN, /* something that Lifeboat did not write */
};

/* A tape as it is asked for; texts are borrowed. */
struct tape_wanted {
	const char *series, *created; /* of all tapes of the set */
	const char *name; /* what stands on the cartridge; NULL, "": not known */
	uint32_t number;
};

/* Rewinds the tape that is in DRIVE, and reads its label: the drive stands behind that. Where a machine can start from the tape the label is looked
 * for behind what it starts from. *RET_LABEL of TAPE_NAMED and TAPE_OF_SET. 0 or -errno with a
 * sentence; -EIO also where a tape is blank and the drive calls that an error. */
MUST_CHECK int volume_identify(struct context *ctx, struct drive *drive, enum tape_content *ret, struct tape_label *ret_label);

/* Makes the tape that is in DRIVE one that begins with LABEL, whatever was on it: the drive stands behind the mark. 0 or -errno with a sentence. */
MUST_CHECK int volume_write_label(struct context *ctx, struct drive *drive, const struct tape_label *label);
/* Whether the tape in DRIVE may be written on: LABEL gets the name that it has; its series is that of tapes just written. 0; -EEXIST and -errno with
 * a sentence. */
MUST_CHECK int volume_need_empty(struct context *ctx, struct drive *drive, struct tape_label *label);
/* The tape in DRIVE, which must be empty, becomes the first of LABEL's series; its name comes into LABEL. IMAGE: descriptor of the image that a
 * machine is to start from, which comes before the label (obdr.h); NULL: none. 0 or -errno with a sentence. */
MUST_CHECK int volume_begin_first(struct context *ctx, struct drive *drive, const int *image, struct tape_label *label);
/* Ejects the tape that is full; the autoloader puts in its next tape, or an empty one is asked for, until one is in: it becomes tape LABEL->number.
 * 0, -ECANCELED, -errno with a sentence. */
MUST_CHECK int volume_begin_next(struct context *ctx, struct drive *drive, struct tape_label *label);
/* Ends the tape's data, with END behind it where there is room. 0: all that was written is on the tape; -errno with a sentence. */
MUST_CHECK int volume_end(struct context *ctx, struct drive *drive, const struct tape_end *end, uint32_t block);

/* Stands DRIVE before the data of the first tape of a series: one that is in; where another one of a series is in, its first is asked for, if
 * ASKS. 0, -ECANCELED, -errno with a sentence; -EMEDIUMTYPE: no such tape is in. */
MUST_CHECK int volume_find_first(struct context *ctx, struct drive *drive, bool asks, struct tape_label *ret);
/* The same for a tape that is wanted; no other is taken. EJECT: another one is known to be in. *RET: its label. */
MUST_CHECK int volume_find(struct context *ctx, struct drive *drive, const struct tape_wanted *wanted, bool eject, struct tape_label *ret);

#endif
