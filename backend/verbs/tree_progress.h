/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The progress of a verb that brings a set and a tree together: one step. */
#ifndef LIFEBOAT_VERBS_TREE_PROGRESS_H
#define LIFEBOAT_VERBS_TREE_PROGRESS_H

#include "../core/progress.h"
#include "../set/set.h"

/* Plans and begins it. PART: not the whole set; how much that is, is known only when it is done. 0 or -errno. */
MUST_CHECK int tree_progress_begin(struct context *ctx, const struct set *set, enum progress_work work, const char *step, const char *title,
				   bool part);

#endif
