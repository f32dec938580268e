/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Burning images onto discs: xorriso(1) does it, and reads back what it burned. */
#ifndef LIFEBOAT_IMAGE_BURN_H
#define LIFEBOAT_IMAGE_BURN_H

#include "../core/context.h"

/* Whether OUTPUT names a drive: a block device, or "stdio:FILE", which stands for one. */
bool burn_is_drive(const char *output);
/* Whether DRIVE is one that burns, and holds a blank disc; with OVERWRITE one with data that can be overwritten will do. 0, or -errno with a
 * sentence: -ENOMEDIUM there is no disc, -EEXIST it has data. */
MUST_CHECK int burn_check(struct context *ctx, const char *drive, bool overwrite);
/* Ejects what is in DRIVE, and waits for the blank disc that NAME ("disc 2 of 3 (...)") goes onto. 0 or -errno with a sentence. */
MUST_CHECK int burn_next(struct context *ctx, const char *drive, const char *name);
/* Burns the file IMAGE, reads it back by files in the directory WORK, and compares each byte. 0 or -errno with a sentence. */
MUST_CHECK int burn_image(struct context *ctx, const char *drive, bool overwrite, const char *image, const char *work);

#endif
