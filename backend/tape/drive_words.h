/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a drive's refusals mean, for people. */
#ifndef LIFEBOAT_TAPE_DRIVE_WORDS_H
#define LIFEBOAT_TAPE_DRIVE_WORDS_H

#include "drive.h"

enum drive_act { DRIVE_ACT_OPEN, DRIVE_ACT_MOVE, DRIVE_ACT_READ, DRIVE_ACT_WRITE };

/* Keeps the sentence for ERROR (positive), that ACT ended with. Returns -ERROR; -EROFS and -ENOMEDIUM whatever the driver calls that. */
int drive_fail(struct context *ctx, const struct drive *drive, enum drive_act act, int error);
/* The name of a density code; NULL: not known here. */
const char *drive_density_name(unsigned density);

#endif
