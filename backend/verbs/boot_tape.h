/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tape that a machine starts from, with a recovery set behind what it starts (OBDR; docs/tape.md). DRIVE as in tape_drive.h. */
#ifndef LIFEBOAT_VERBS_BOOT_TAPE_H
#define LIFEBOAT_VERBS_BOOT_TAPE_H

#include "../image/image.h"

struct boot_tape {
	uint64_t image_bytes;    /* of what the machine starts from */
	char volume[33];         /* the disc's name that it would see */
	bool has_set;            /* the first tape of a recovery set */
	char created[24];        /* when that was written */
};

/* Makes an ISO image as OPTIONS say (its output and set are not looked at), writes it and the set SET onto the empty tape in DRIVE, and on further
 * tapes where one has no room; reads what the machine starts from back. BLOCK: bytes of a record of the set; 0: 64 KiB. 0 or -errno with a
 * sentence. */
MUST_CHECK int verb_boot_tape(struct context *ctx, const struct image_options *options, const char *drive, const char *set, uint32_t block,
			      struct boot_tape *ret);
/* Reads what a machine would start from the tape in DRIVE, and looks at it as drive and firmware do. 0: it would; -EBADMSG and -errno with a
 * sentence. */
MUST_CHECK int verb_boot_tape_check(struct context *ctx, const char *drive, struct boot_tape *ret);

#endif
