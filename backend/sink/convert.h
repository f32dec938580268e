/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A set from one place to another and from one form into the other, its members byte for byte: a directory becomes a stream with its tables first, a
 * stream a directory. Each member's digest is checked on the way.
 */
#ifndef LIFEBOAT_SINK_CONVERT_H
#define LIFEBOAT_SINK_CONVERT_H

#include "../core/context.h"

struct convert_result {
	char *set_id;            /* the caller's to free */
	uint64_t segments, bytes; /* bytes of segments */
};

/* FROM as set_open() takes it, and a stream as captured on standard input, too. TO as sink_open() takes it; "-" is standard output, and a path that ends
 * in ".lifeboat" a new file, which are written as a stream. 0, or -errno with a sentence: then nothing at TO is a set. */
MUST_CHECK int set_convert(struct context *ctx, const char *from, const char *to, struct convert_result *result);

#endif
