/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compares one row of the index with the tree. */
#ifndef LIFEBOAT_RESTORE_COMPARE_ROW_H
#define LIFEBOAT_RESTORE_COMPARE_ROW_H

#include "../core/bytes.h"
#include "../core/macro.h"
#include "../set/content.h"
#include "../set/index.h"
#include "comparison.h"
#include "tree.h"

/* One worker's own. */
struct comparer {
	struct comparison *work;
	struct tree *tree;
	struct content_digest *digest;
	struct buffer what;            /* the differences of the present row, joined by ", " */
	char *block;                   /* COMPARE_BLOCK bytes */
	uint64_t entries, bytes;       /* looked at, not yet told */
};

#define COMPARE_BLOCK (256u << 10)

/* Compares one row with the tree. 0 or -errno with a sentence. */
MUST_CHECK int compare_row(struct comparer *comparer, const struct index_row *row);

#endif
