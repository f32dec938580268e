/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What may stand behind the name of a drive: "?changer=/dev/sch0&density=0x46&compression=off". Only for drive.c. */
#ifndef LIFEBOAT_TAPE_DRIVE_OPTIONS_H
#define LIFEBOAT_TAPE_DRIVE_OPTIONS_H

#include "drive.h"

/* Cuts them from DRIVE->path, and keeps them in DRIVE. What begins with no option's name is part of the path. 0 or -errno with a sentence. */
MUST_CHECK int drive_options_take(struct context *ctx, struct drive *drive);

#endif
