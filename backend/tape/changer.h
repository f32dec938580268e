/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An autoloader: a changer with one drive beside it, moved by mtx(1). It puts the tapes of its slots into the drive, one after the other. */
#ifndef LIFEBOAT_TAPE_CHANGER_H
#define LIFEBOAT_TAPE_CHANGER_H

#include "../core/context.h"

struct changer;

/* The device of the changer beside the tape drive PATH ("/dev/nst0"), new: one on the same SCSI target, or, where the machine has one changer and one
 * drive, that one. NULL: there is none. 0 or -ENOMEM with a sentence. */
MUST_CHECK int changer_find(struct context *ctx, const char *path, char **ret);
/* DEVICE is copied. NULL: out of memory. */
struct changer *changer_new(const char *device);
void changer_free(struct changer *changer);
/* A search begins: each slot may be tried once. */
void changer_begin(struct changer *changer);
/* Puts the tape of the next slot that was not tried into the drive, after the one that is in, which must have been ejected, has gone back to its own.
 * Cleaning cartridges stay where they are. 1; 0: there is no other, or the changer cannot be moved, which was told; -ECANCELED, -ENOMEM with a
 * sentence. */
MUST_CHECK int changer_load_next(struct context *ctx, struct changer *changer);

#endif
