/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is kept of a stream while it passes. Only for set_passed.c and set_arriving.c. */
#ifndef LIFEBOAT_SET_PASSED_STREAM_H
#define LIFEBOAT_SET_PASSED_STREAM_H

#include "../core/bytes.h"
#include "passed.h"
#include "set_source.h"

#define PASSED_BLOCK (1u << 20)

struct passed_stream {
	struct passed_members members;
	struct buffer beginning, manifest, table;
	int index_fd;            /* -1: no index has passed */
	int kept_fd;             /* of segments that are kept; -1 */
	uint64_t kept;           /* bytes in it */
	uint32_t first;          /* number of the segment that came first */
	uint64_t count;          /* members that came */
	char *block;
	int attachments_fd;      /* attachments that are kept, in memory: they may hold keys; -1 */
	uint64_t attachments;    /* bytes in it */
	/* Of one that is taken as it arrives. */
	struct stream_reader *reader; /* borrowed */
	void (*close_pipe)(struct set_source *source);
	char *pending;           /* the member that the reader stands in; NULL */
	uint64_t pending_size;
};

/* NULL: out of memory. */
struct passed_stream *passed_stream_new(void);
void passed_stream_free(struct passed_stream *stream);
/* Takes the member NAME, which READER stands in: its digest, and all of it where it is wanted later; of attachments, and of segments that came after
 * one with a higher number, only where KEEPS. 0, -EBADMSG: it is damaged or cut off; -errno. */
MUST_CHECK int passed_stream_take(struct context *ctx, struct stream_reader *reader, struct passed_stream *stream, const char *name, uint64_t size,
				  bool keeps);
/* The member's digest into PASSED, its bytes to FD unless that is below 0. As above; PASSED may be NULL: -ENOMEM. */
MUST_CHECK int passed_stream_digest(struct context *ctx, struct stream_reader *reader, struct passed_stream *stream, struct passed *passed, int fd);

#endif
