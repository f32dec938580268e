/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Members of a set that are lines of JSON in zstd frames, one frame after the other: index.zst and segments.zst. Written and read as
 * streams, whatever their length.
 */
#ifndef LIFEBOAT_SET_LINES_H
#define LIFEBOAT_SET_LINES_H

#include "pax.h"
#include "set.h"

/* Writing: compressed bytes go to the sink. All: 0, what the sink answered, -ENOMEM, -EIO. */
struct lines_writer;
struct lines_writer *lines_writer_new(pax_sink sink, void *data);
/* Whole lines, each with its end. */
int lines_write(struct lines_writer *writer, const char *lines, size_t length);
/* Ends the frame. */
int lines_writer_finish(struct lines_writer *writer);
void lines_writer_free(struct lines_writer *writer);

/* A member as the manifest tells of it; all borrowed. */
struct lines_member {
	const char *name, *what; /* "index.zst", "index" */
	uint64_t stored;
	const char *sha256;
	size_t line_limit;       /* bytes of a line */
	uint64_t text_limit;     /* bytes of all lines */
};

/* Reading, strict, chunk by chunk: only when lines_next() has said that the end was reached is it known that length and digest are the
 * manifest's, and so what the lines are worth. SET is borrowed. NULL when out of memory. */
struct lines_reader;
struct lines_reader *lines_open(struct set *set, const struct lines_member *member);
/* The same over the member's BYTES (taken, also on failure), whose digest is not looked at. */
struct lines_reader *lines_open_bytes(const struct lines_member *member, void *bytes, size_t length);
/* 1: the next line without its end, in the reader's buffer; 0 at the end; -errno with a sentence. */
int lines_next(struct context *ctx, struct lines_reader *reader, const char **ret, size_t *ret_length);
/* What to answer when a line is wrong by WHAT: -EBADMSG with a sentence - that the member is damaged, when its digest says so. */
int lines_bad(struct context *ctx, struct lines_reader *reader, const char *what);
/* Reads the compressed bytes to their end: are length and digest the manifest's? 0 or -errno with a sentence. */
int lines_check(struct context *ctx, struct lines_reader *reader);
void lines_close(struct lines_reader *reader);
static inline void cleanup_lines(struct lines_reader **reader)
{
	lines_close(*reader);
}
#define AUTO_LINES CLEANUP(cleanup_lines)

#endif
