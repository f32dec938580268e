/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several captured disks onto one.
 */
#ifndef LIFEBOAT_WANTED_WISHES_JOIN_H
#define LIFEBOAT_WANTED_WISHES_JOIN_H

#include "wishes_parts.h"

/* Lays what is on the disks that LIST wants onto others behind what those have, in one table; the disks themselves are gone. Of a mirror with several
 * members on one disk then, one stays. 0 or -errno with a sentence. */
MUST_CHECK int wishes_join(struct context *ctx, const struct wish *list, struct layout *layout);

#endif
