/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The verb "tape": what a drive has in it, moved and labelled, and the stream on a series of tapes read through. DRIVE is a device such as /dev/nst0,
 * or a file that stands for a tape, each with "tape:" before it or not.
 */
#ifndef LIFEBOAT_VERBS_TAPE_DRIVE_H
#define LIFEBOAT_VERBS_TAPE_DRIVE_H

#include "../core/context.h"

enum tape_condition { TAPE_IS_READY, TAPE_IS_NOT_IN, TAPE_IS_LOADING, TAPE_IS_IN_USE };

struct tape_status {
	enum tape_condition condition;
	bool protected, cleaning, at_begin, at_data_end;
	uint32_t block; /* fixed length of records; 0: variable */
	unsigned density; /* code; 0: the drive does not tell */
	const char *density_name; /* NULL: not known */
	long file, record; /* -1: the drive does not tell */
};

/* What stands on a tape. */
struct tape_identity {
	bool labelled; /* by Lifeboat; else all that follows is empty */
	bool blank; /* nothing is on it, but for a name */
	uint32_t number; /* of the set's tapes; 0: it is empty */
	uint32_t block;
	char series[40], name[72], created[24];
};

struct tape_check {
	struct tape_identity identity; /* of the last tape */
	uint64_t bytes; /* of the stream, filled places counted */
	uint64_t lost; /* bytes that could not be read, or are missing */
	double seconds;
};

/* The drives of this machine by their devices that do not rewind, sorted: a new NULL-ended vector, NULL where there is none. 0 or -errno with a
 * sentence. */
MUST_CHECK int verb_tape_drives(struct context *ctx, char ***ret);
/* Moves nothing. 0 or -errno with a sentence. */
MUST_CHECK int verb_tape_status(struct context *ctx, const char *drive, struct tape_status *ret);
MUST_CHECK int verb_tape_rewind(struct context *ctx, const char *drive);
MUST_CHECK int verb_tape_eject(struct context *ctx, const char *drive);
/* What the label says; the tape is rewound. 0 or -errno with a sentence. */
MUST_CHECK int verb_tape_identify(struct context *ctx, const char *drive, struct tape_identity *ret);
/* Makes the tape an empty one with NAME, in records of BLOCK bytes (0: 64 KiB). One that holds anything is refused with -EEXIST, unless OVERWRITE.
 * 0 or -errno with a sentence. */
MUST_CHECK int verb_tape_label(struct context *ctx, const char *drive, const char *name, uint32_t block, bool overwrite);
/* Reads all tapes of the series whose first is in. 0 when all of it could be read; -EBADMSG with a sentence when something is lost; -errno with
 * one. */
MUST_CHECK int verb_tape_check(struct context *ctx, const char *drive, struct tape_check *ret);

#endif
