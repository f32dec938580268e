/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Volume groups over more disks than they were captured on.
 */
#ifndef LIFEBOAT_WANTED_WISHES_SPREAD_H
#define LIFEBOAT_WANTED_WISHES_SPREAD_H

#include "wishes_parts.h"

/* Why the group NODE cannot lie on more disks; NULL: it can. New string. */
char *wish_spread_refusal(const struct layout *captured, const struct node *node);
/* Gives the groups of LIST physical volumes on disks that the captured machine did not have. 0 or -errno with a sentence. */
MUST_CHECK int wishes_spread(struct context *ctx, const struct wish *list, struct layout *layout);
/* Marks the physical volumes of WANTED that CAPTURED does not have: what they have more is shared among the volumes once they lie on disks. 0 or
 * -ENOMEM. */
MUST_CHECK int wishes_mark_added(const struct layout *captured, struct layout *wanted);

#endif
