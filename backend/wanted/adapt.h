/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The captured layout as a machine must have it that starts by the firmware here: an EFI system partition or a BIOS boot partition is planned in,
 * and a partition table becomes one of another kind, where firmware, size or the operator ask for it. What was changed has the property
 * PLANNED_PROPERTY. Pure computation: touches no device.
 */
#ifndef LIFEBOAT_WANTED_ADAPT_H
#define LIFEBOAT_WANTED_ADAPT_H

#include "../core/macro.h"
#include "../fit/map.h"
#include "../layout/layout.h"
#include "start.h"

/* What the layout depends on beside what was captured. All borrowed, all may be NULL. */
struct circumstances {
	json_t *wishes;          /* wishes.h; here it counts which tables are wanted */
	const struct start *start; /* NULL: it starts as it did */
	const struct layout *present; /* with MAP: the disks that are here */
	const struct disk_map *map; /* which of them becomes what; NULL: not known yet, so nothing follows from their sizes */
	bool large;              /* nothing is known of the disks, and each is taken for one that an MBR does not reach the end of */
};

/* A copy of CAPTURED, adapted. 0 or -errno with a sentence: -EINVAL for a table that cannot be what was asked for. */
MUST_CHECK int adapt_layout(struct context *ctx, const struct circumstances *circumstances, const struct layout *captured, struct layout **ret);
/* A sentence for each thing in RESULT, laid onto disks, that was planned in or is of another kind, with the reason. Appended to *NOTICES. 0 or
 * -ENOMEM. */
MUST_CHECK int adapt_tell(const struct layout *result, char ***notices);

#endif
