/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A layout in the order of a tree, as people are shown it: each thing below what it lies on. */
#ifndef LIFEBOAT_LAYOUT_TREE_H
#define LIFEBOAT_LAYOUT_TREE_H

#include "layout.h"

/* A place in the tree. What lies on several things has a place below each of them; what stands below it is told at the first one only. */
struct tree_place {
	const struct node *node;
	int depth;               /* 0: lies on nothing */
	bool again;              /* it was told before */
	bool last;               /* no other place follows below the same thing */
};

/* Calls EACH for all places, from top to bottom: the contents of a thing before volumes made of it; a thin volume below its pool, a snapshot
 * below its origin, any other volume below its group. Mounts and hidden parts of volumes have no place. 0; what EACH returned, when that is not
 * 0, and nothing follows; -ENOMEM. */
MUST_CHECK int layout_tree(const struct layout *layout, int (*each)(void *data, const struct tree_place *place), void *data);

/* What lies on disks, for "hardware" and "plan" (docs/engine-protocol.md): [{"disk": id, "text", "rows": [{"depth", "text", "again"}]}], for each thing
 * that lies on nothing, with what stands below it but subvolumes; depths begin at 1. New reference; NULL when out of memory. */
json_t *layout_tree_rows(const struct layout *layout);

#endif
