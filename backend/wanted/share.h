/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Saved disks that share a target disk: a choice of disks that names one twice is the wish to lay one onto the other (wishes.h, "onto").
 */
#ifndef LIFEBOAT_WANTED_SHARE_H
#define LIFEBOAT_WANTED_SHARE_H

#include "../core/macro.h"
#include "../fit/map.h"
#include "../layout/layout.h"

/* Of the disks of WANTED that PAIRS ({"disk:0": "disk:5", "disk:1": "disk:5"}) gives one target, the one that the system starts from keeps it, or the
 * first: the others are laid onto that in *RET_WISHES, a copy of WISHES (NULL: none), and have no pair in *RET_PAIRS. New references. 0 or
 * -ENOMEM with a sentence. */
MUST_CHECK int share_settle(struct context *ctx, const struct layout *wanted, json_t *wishes, json_t *pairs, json_t **ret_wishes,
			    json_t **ret_pairs);
/* A copy of WISHES in which the disks that BEFORE (NULL: no wishes) does not lay onto others have targets of their own: they are chosen anew. New
 * reference; NULL when out of memory. */
json_t *share_forget(json_t *wishes, json_t *before);
/* PAIRS of MAP (NULL: none was possible), a proposal for WANTED, in which the disks without a target that hold files, or that the system needs, have
 * that of HOST: a disk of WANTED. New reference; NULL: there is nothing to share, or out of memory. */
json_t *share_pairs(const struct layout *wanted, const struct disk_map *map, const struct node *host);

#endif
