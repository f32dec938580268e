/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a set is converted into - a stream, or any place that a sink writes to -, and the reading of a pipe. Only for convert*.c. */
#ifndef LIFEBOAT_SINK_CONVERT_PARTS_H
#define LIFEBOAT_SINK_CONVERT_PARTS_H

#include "convert.h"

struct converted;

/* Whether TO, as set_convert() takes it, gets a stream. */
bool converted_is_stream(const char *to);
/* All: 0 or -errno with a sentence. */
MUST_CHECK int converted_open(struct context *ctx, const char *to, struct converted **ret);
/* A member of SIZE bytes, then its bytes, then its end. */
MUST_CHECK int converted_begin(struct context *ctx, struct converted *to, const char *name, uint64_t size);
MUST_CHECK int converted_write(struct context *ctx, struct converted *to, const void *data, size_t length);
MUST_CHECK int converted_end(struct context *ctx, struct converted *to);
MUST_CHECK int converted_member(struct context *ctx, struct converted *to, const char *name, const void *data, size_t length);
/* The manifest, offered as first and as LAST of all: where it belongs it is written, and as the last one the set is whole from then on. */
MUST_CHECK int converted_manifest(struct context *ctx, struct converted *to, const void *text, size_t length, bool last);
/* With R below 0 all that was written is removed. R, or what went wrong here. NULL is ignored. */
MUST_CHECK int converted_close(struct context *ctx, struct converted *to, int r);

/* All of the stream on FD, in either order, into TO, which is no stream. */
MUST_CHECK int convert_pipe(struct context *ctx, int fd, struct converted *to, struct convert_result *result);

#endif
