/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The layout that is mapped and fitted onto disks: what was captured, adapted to the machine that is here, as the operator wants it.
 */
#ifndef LIFEBOAT_WANTED_WANTED_H
#define LIFEBOAT_WANTED_WANTED_H

#include "adapt.h"

/* CAPTURED adapted (adapt.h) in *RET_ADAPTED (may be NULL), which is what wishes are about, and that with the wishes applied, and copies told apart
 * (layout/copies.h), in *RET. 0, or as
 * adapt_layout() and wishes_apply(). */
MUST_CHECK int wanted_make(struct context *ctx, const struct circumstances *circumstances, const struct layout *captured,
			   struct layout **ret_adapted, struct layout **ret);

#endif
