/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The verb "restore --to": files of a set into a directory. */
#ifndef LIFEBOAT_VERBS_RESTORE_FILES_H
#define LIFEBOAT_VERBS_RESTORE_FILES_H

#include "../core/context.h"

struct files_request {
	const char *set;         /* where it lies */
	const char *tree;        /* directory; made when it is missing */
	char *const *paths;      /* only these and what lies below them; NULL: all */
	unsigned workers;        /* 0: one a processor */
	uint64_t memory;         /* bytes to take at most; 0: the usual */
	bool salvage;            /* of a damaged set, all that is intact */
	const char *title;       /* of the one step of the progress */
};

struct files_result {
	uint64_t files, bytes;
	char **failed;           /* what is not there as it was saved, one sentence each; NULL: nothing */
	char **lost;             /* of a whole restore: what the set has not got, one sentence each; NULL: nothing */
};

/* 0 when everything is there as it was saved; -ENODATA when some entries are not (listed); -errno with a sentence. RESULT is for
 * files_result_done() in any case. */
MUST_CHECK int verb_restore_files(struct context *ctx, const struct files_request *request, struct files_result *result);
void files_result_done(struct files_result *result);

#endif
