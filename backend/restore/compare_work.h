/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one comparison shares between its parts. Private to backend/restore/. */
#ifndef LIFEBOAT_RESTORE_COMPARE_WORK_H
#define LIFEBOAT_RESTORE_COMPARE_WORK_H

#include "../core/macro.h"
#include "../core/progress.h"
#include "../set/content.h"
#include "../set/index.h"
#include "compare.h"
#include "../core/pathset.h"
#include "selection.h"
#include "tree.h"

struct comparison {
	struct context *ctx;
	struct set *set;
	const struct compare_options *options;
	struct selection *selection;   /* NULL: all */
	struct filesystems filesystems;
	int root_fd;
	struct tree_graft *grafts;     /* of options->unmounted and options->view, in the order of path_order() */
	size_t graft_count;
	struct queue *batches;         /* of rows, on their way from the index to the workers */
	atomic_bool stopped;

	struct path_key key;
	struct pathset expected;       /* options->expected */

	/* Filled only when extras are asked for; read when all rows were met. */
	struct pathset known;          /* every path of the set */
	struct pathset directories;    /* its directories */
	struct pathset parents;        /* those of them that have something in the set */

	pthread_mutex_t lock;          /* guards what follows, and the calls of options->found */
	struct compare_result *result;
	int error;
};

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

/* Tells a difference, unless it is expected. */
void compare_found(struct comparison *work, enum difference_kind kind, const char *path, const char *what);
/* Compares one row with the tree (compare_row.c). 0 or -errno with a sentence. */
MUST_CHECK int compare_row(struct comparer *comparer, const struct index_row *row);
/* Keeps ROW's path for the search for extras. 0 or -ENOMEM. */
MUST_CHECK int extra_remember(struct comparison *work, const struct index_row *row);
/* Finds what the tree has and the set has not (extra.c). 0 or -errno with a sentence. */
MUST_CHECK int extra_find(struct comparison *work);

#endif
