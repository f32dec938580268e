/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A directory that a set is written into: made, locked against a second capture, and cleaned of what was written. */
#ifndef LIFEBOAT_SINK_DIRECTORY_H
#define LIFEBOAT_SINK_DIRECTORY_H

#include <stdbool.h>

#include "../core/context.h"
#include "sink_type.h"

/* Claims PATH below the open directory BASE (AT_FDCWD allowed, taken over in any case), made where it is missing, parents too (owner only: the set
 * holds secrets of the machine); ON_SERVER by a claim (claim.h), else by a lock. 0 or -errno with a sentence; SINK has its directory from then on,
 * half done also when it failed. */
MUST_CHECK int directory_claim(struct context *ctx, int base, const char *path, bool on_server, bool clean, struct sink *sink);

/* NULL: -1. */
int directory_fd(const struct directory *directory);
bool directory_is_rest(const char *path);

#endif
