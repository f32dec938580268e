/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tape that a machine starts from: One Button Disaster Recovery. A drive that is switched on with its eject button held plays a CD-ROM drive, whose
 * disc is what lies on the tape behind its label zone. Source: HP, "One-Button Disaster Recovery" in the Ultrium SCSI interface guide; the same as
 * Mondo Rescue and ReaR write:
 *
 *     20 records of 512 bytes | the disc's image in records of 2048 bytes | file mark | anything
 */
#ifndef LIFEBOAT_TAPE_OBDR_H
#define LIFEBOAT_TAPE_OBDR_H

#include "drive.h"

#define OBDR_LABEL_RECORDS 20u
#define OBDR_LABEL_BLOCK 512u
#define OBDR_IMAGE_BLOCK 2048u /* a sector of the disc */

/* Writes from the beginning of the tape in DRIVE what a machine starts from, the disc's image in the file IMAGE_FD, and the mark behind it: the drive
 * stands behind that. 0; -ENOSPC and -errno with a sentence. */
MUST_CHECK int obdr_write(struct context *ctx, struct drive *drive, int image_fd);

struct obdr_look {
	uint64_t image_bytes;
	char volume[33];         /* the disc's name */
};

/* Reads what lies on the tape in DRIVE from its beginning to the first mark, all of it, and looks at it as a drive and firmware would. 0: they would
 * start it, and the drive stands behind the mark; -EBADMSG with a sentence: they would not; -errno with one. */
MUST_CHECK int obdr_check(struct context *ctx, struct drive *drive, struct obdr_look *ret);

#endif
