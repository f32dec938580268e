/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A disc that gives read errors: many a drive reads at a lower speed what it cannot read at its highest. */
#ifndef LIFEBOAT_SET_SLOW_DISC_H
#define LIFEBOAT_SET_SLOW_DISC_H

#include <stdbool.h>

#include "../core/context.h"

/* After the try number TRIES, from 0, of reading what lies on the filesystem of the open FD: whether it is worth another one, before which the drive
 * was told to be slower. What is no disc is read once more. Tells what is done. */
bool slow_disc_try_again(struct context *ctx, int fd, unsigned tries);

#endif
