/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tree that is in use, seen as a capture sees it: what lies beneath mounts that are left out, and each file where it is captured. What
 * was captured so can be compared with nothing else.
 */
#ifndef LIFEBOAT_RESTORE_CAPTURED_VIEW_H
#define LIFEBOAT_RESTORE_CAPTURED_VIEW_H

#include "../core/macro.h"
#include "../storage/volumes.h"
#include "tree.h"

/* A mount point whose mount is left out, and beneath which nobody without root's rights can look. */
struct covered {
	const char *path;        /* relative to the root; borrowed */
	bool is_met;             /* a comparison needed it, and passed it by */
};

struct captured_view {
	int root_fd;             /* the root directory; borrowed from VOLUMES */
	struct tree_graft *grafts; /* what lies elsewhere in it, in the order of path_order() */
	size_t count;
	struct covered *covered; /* in the order of path_order() */
	size_t covered_count;
	char **names;            /* paths that are not borrowed from TREE */
	size_t name_count;
	struct mount_tree *tree;
	struct volumes *volumes;
};

/* Looks at the tree at ROOT (NULL: "/"). 0 or -errno with a sentence; RET is released by captured_view_done() in any case. */
MUST_CHECK int captured_view_open(struct context *ctx, const char *root, struct captured_view *ret);
/* Where a directory is bound of a filesystem that the set CAPTURED has whole, because it was not mounted: what lies beneath was captured there.
 * PRESENT is the storage of this machine. 0 or -errno with a sentence. */
MUST_CHECK int captured_view_leave_bound(struct context *ctx, struct captured_view *view, const struct layout *captured,
					  const struct layout *present);
void captured_view_done(struct captured_view *view);
/* True when PATH is covered or lies below what is; then that is marked. */
bool captured_view_covers(struct captured_view *view, const char *path);

#endif
