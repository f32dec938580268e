/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The members of a stream that have passed before anybody could tell what they are to be, and what the manifest, which comes last, says of them. */
#ifndef LIFEBOAT_SET_PASSED_H
#define LIFEBOAT_SET_PASSED_H

#include "../core/context.h"
#include "../core/digest.h"
#include "manifest.h"

/* One of them. */
struct passed {
	uint32_t number;         /* of the segment */
	char *name;              /* of what is no segment; NULL */
	bool checked;
	uint64_t size;
	unsigned char sha256[DIGEST_BYTES];
	uint64_t place;          /* how many members came before it */
	uint64_t kept;           /* its bytes were kept, too, in a file, up to here; 0: they were not */
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
/* By their numbers; no segment is added any more. */
void passed_sort(struct passed_members *passed);
/* After passed_sort(). NULL: it has not passed. */
struct passed *passed_find_segment(struct passed_members *passed, uint32_t number);
/* All that MANIFEST tells of has passed as it says, and nothing else. 0 or -errno with a sentence. */
MUST_CHECK int passed_check(struct context *ctx, struct passed_members *passed, const struct manifest *manifest);
void passed_done(struct passed_members *passed);

#endif
