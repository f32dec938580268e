/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the operator's wishes leave open and the disks that are here decide: on which member of a mirror lies what was on it, once it is made without
 * itself; and that an array which lacked members when it was captured gets them where disks are there for it.
 */
#ifndef LIFEBOAT_WANTED_SETTLE_H
#define LIFEBOAT_WANTED_SETTLE_H

#include "wanted.h"

/* What a map is proposed with, as disk_map_propose() takes it. */
struct settle_disks {
	const struct layout *present;
	char *const *protected_disks;
	char *const *targets;
	const char *option;
};

/* The wishes of CIRCUMSTANCES, or a copy in which that is decided, in *RET (new reference). 0 or -errno with a sentence. */
MUST_CHECK int settle_wishes(struct context *ctx, const struct circumstances *circumstances, const struct layout *captured,
			     const struct settle_disks *disks, json_t **ret);

#endif
