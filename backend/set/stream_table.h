/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the members of a set lie in a stream that is in a file: found by one pass over its headers (docs/set-format.md, "As one stream"), in any order.
 * What the members are worth is not known here: their digests tell that.
 */
#ifndef LIFEBOAT_SET_STREAM_TABLE_H
#define LIFEBOAT_SET_STREAM_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STREAM_BEGIN_NAME "lifeboat.begin" /* the first member of a stream as captured */

struct stream_part {
	uint64_t offset, size;   /* of its data, in bytes; those past the file's end are not there */
};

struct stream_table {
	struct stream_segment {
		uint32_t number;
		struct stream_part part;
	} *segments;             /* by their numbers, none twice */
	size_t segment_count, segment_capacity;
	struct stream_other {
		char *name;
		struct stream_part part;
	} *others;               /* all other members, none twice; at most OTHERS_MAX */
	size_t other_count;
	char *folder;            /* of the members; NULL: none was found */
	bool as_captured;        /* it begins with the beginning */
	bool ended;              /* the blocks that end it were there */
	uint64_t behind;         /* bytes from the first that is not zero behind them */
	uint64_t bad_headers;    /* stretches in which no header could be read */
};

/* Where in PATH the name of a member begins, whatever folder lies before it; NULL: it is none. *RET_SEGMENT: its number, or SEGMENTS_LIMIT. */
const char *stream_member_name(const char *path, uint32_t *ret_segment);
/* Whether the 512 bytes of BLOCK are a header of tar with a good sum. */
bool stream_block_is_header(const void *block);
/* Fills *RET with what the file FD holds. 0, also where no member is found; -errno of reading; -ENOMEM. */
int stream_table_read(int fd, struct stream_table *ret);
void stream_table_done(struct stream_table *table);
/* NULL: it is not there. */
const struct stream_part *stream_table_find(const struct stream_table *table, const char *name);

#endif
