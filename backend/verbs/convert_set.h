/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A set from one place to another, from one form into the other. */
#ifndef LIFEBOAT_VERBS_CONVERT_SET_H
#define LIFEBOAT_VERBS_CONVERT_SET_H

#include "../core/context.h"

struct converted_set {
	char *set_id;            /* NULL: nothing was converted */
	uint64_t segments, bytes; /* bytes of segments */
};

/* FROM is a set's place, "-" a stream on standard input; TO a new place, "-" standard output, and a path that ends in ".lifeboat" a new file that gets a
 * stream. 0, or -errno with a sentence: then nothing at TO is a set. */
int verb_convert(struct context *ctx, const char *from, const char *to, struct converted_set *result);
void converted_set_done(struct converted_set *result);

#endif
