/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a set is converted into - a stream, or any place that a sink writes to -, and the reading of a pipe. Only for convert*.c. */
#ifndef LIFEBOAT_SINK_CONVERT_PARTS_H
#define LIFEBOAT_SINK_CONVERT_PARTS_H

#include "../core/digest.h"
#include "../set/manifest.h"
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

/* A member of a stream that was stored before anybody could tell what it is to be. */
struct passed {
	uint32_t number;         /* of the segment */
	char *name;              /* of what is no segment; NULL */
	bool checked;
	uint64_t size;
	unsigned char sha256[DIGEST_BYTES];
};

struct passed_members {
	struct passed *segments;
	size_t segment_count, segment_capacity;
	unsigned char *seen;     /* a bit a segment, in SEEN_LENGTH bytes */
	size_t seen_length;
	struct passed *others;   /* PASSED_OTHERS_MAX at most */
	size_t other_count;
};

#define PASSED_OTHERS_MAX (ATTACHMENTS_LIMIT + 8u)

/* 1: the segment NUMBER comes for the first time; 0; -ENOMEM. */
MUST_CHECK int passed_is_new(struct passed_members *passed, uint32_t number);
/* New ones, borrowed until the next is added; NULL: out of memory. There is room for another one that is no segment. */
struct passed *passed_add_segment(struct passed_members *passed, uint32_t number);
struct passed *passed_add(struct passed_members *passed, const char *name);
/* NULL: no such member, which is no segment, has passed. */
struct passed *passed_find(struct passed_members *passed, const char *name);
/* All that MANIFEST tells of has passed as it says, and nothing else. 0 or -errno with a sentence. */
MUST_CHECK int passed_check(struct context *ctx, struct passed_members *passed, const struct manifest *manifest);
void passed_done(struct passed_members *passed);

/* All of the stream on FD, in either order, into TO, which is no stream. */
MUST_CHECK int convert_pipe(struct context *ctx, int fd, struct converted *to, struct convert_result *result);

#endif
