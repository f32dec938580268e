/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The filesystems of a set that its machine did not show (LAYOUT_UNMOUNTED), looked for on the disks that are here and mounted, read-only,
 * where nobody sees them: so that they can be compared.
 */
#ifndef LIFEBOAT_RESTORE_UNMOUNTED_TREES_H
#define LIFEBOAT_RESTORE_UNMOUNTED_TREES_H

#include "../core/macro.h"
#include "../layout/layout.h"
#include "../storage/detached_mount.h"
#include "tree.h"

struct unmounted_trees {
	struct tree_graft *grafts; /* where each stands in the set */
	char **paths;            /* of the grafts; the captured layout may go */
	struct detached_mount *mounts;
	size_t count;
	char **missing;          /* sentences, without a full stop: what is not here or cannot be mounted, and so is not compared */
};

/* The filesystem of PRESENT that has kind and UUID of WANTED, and a device; NULL: none. */
const struct node *unmounted_trees_find(const struct layout *present, const struct node *wanted);
/* Finds each among PRESENT by kind and UUID. 0 or -errno with a sentence; RET is released by unmounted_trees_done() in any case. */
MUST_CHECK int unmounted_trees_open(struct context *ctx, const struct layout *captured, const struct layout *present, struct unmounted_trees *ret);
void unmounted_trees_done(struct unmounted_trees *trees);

#endif
