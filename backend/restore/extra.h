/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a tree has beyond a set. */
#ifndef LIFEBOAT_RESTORE_EXTRA_H
#define LIFEBOAT_RESTORE_EXTRA_H

#include "../core/macro.h"
#include "../set/index.h"
#include "comparison.h"

/* Keeps ROW's path for the search for extras. 0 or -ENOMEM. */
MUST_CHECK int extra_remember(struct comparison *work, const struct index_row *row);
/* Finds what the tree has and the set has not. 0 or -errno with a sentence. */
MUST_CHECK int extra_find(struct comparison *work);

#endif
