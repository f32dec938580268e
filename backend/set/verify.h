/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checks a whole set: manifest, index, every segment's digest, and that what the segments hold is what the index says: names, types,
 * modes, owners, times, link targets, attributes, content. It reads on after damage, and tells which files that costs.
 */
#ifndef LIFEBOAT_SET_VERIFY_H
#define LIFEBOAT_SET_VERIFY_H

#include <stdatomic.h>
#include <stdint.h>

#include "../core/context.h"

struct set;

/* Sentences and paths kept; more are only counted. */
#define VERIFY_LISTED 5000

enum verify_depth {
	VERIFY_FULL,             /* everything is decompressed and held against the index */
	VERIFY_DIGEST,           /* every member's digest; what is inside is believed */
};

struct verify_options {
	unsigned workers;        /* 0: one a core */
	uint64_t memory;         /* bytes that it may take in all; 0: as memory_limit() finds */
	enum verify_depth depth;
	atomic_uint_fast64_t *checked; /* gets the stored bytes of segments as they are done; NULL: not wanted */
	const char *step;        /* the planned progress step on which stored bytes are counted; NULL: one of its own, "verify" */
};

struct verify_result {
	uint64_t segments, files, bytes; /* of the set; all good when set_verify() gave 0 */
	uint64_t damage_count, lost_count;
	char **damages;          /* sentences: what is wrong, in the order it was found; NULL when nothing is */
	char **lost;             /* escaped paths of files that cannot be restored because of it */
	bool names_unknown;      /* the index is damaged, so no file that is lost can be named */
};

/* 0 when all is well; -EBADMSG with the first of RESULT's sentences when something is damaged or cannot be read; -ECANCELED, -ENOMEM.
 * RESULT is for verify_result_done() in any case. OPTIONS may be NULL. */
int set_verify(struct context *ctx, struct set *set, const struct verify_options *options, struct verify_result *result);
void verify_result_done(struct verify_result *result);

#endif
