/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one comparison shares between its parts. Private to backend/restore/. */
#ifndef LIFEBOAT_RESTORE_COMPARISON_H
#define LIFEBOAT_RESTORE_COMPARISON_H

#include "../core/pathset.h"
#include "compare.h"
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

/* Tells a difference, unless it is expected. */
void compare_found(struct comparison *work, enum difference_kind kind, const char *path, const char *what);

#endif
