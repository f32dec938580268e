/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tape drives of this machine. */
#ifndef LIFEBOAT_TAPE_DRIVES_H
#define LIFEBOAT_TAPE_DRIVES_H

#include "../core/context.h"

/* By their devices that do not rewind, sorted: a new NULL-ended vector, NULL where there is none. 0 or -errno with a sentence. */
MUST_CHECK int tape_drives(struct context *ctx, char ***ret);

#endif
