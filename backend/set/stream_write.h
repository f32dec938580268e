/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a stream consists of beside its members' bytes: headers, what fills up their blocks, the end. docs/set-format.md, "As one stream". */
#ifndef LIFEBOAT_SET_STREAM_WRITE_H
#define LIFEBOAT_SET_STREAM_WRITE_H

#include <stddef.h>
#include <stdint.h>

#define STREAM_BLOCK 512u
#define STREAM_END (2 * STREAM_BLOCK)
#define STREAM_HEADERS_MAX (3 * STREAM_BLOCK)

extern const char stream_zeros[STREAM_END];

/* Makes in RET the header of the file NAME of SIZE bytes, with an extended one before it where they do not fit; *RET_LENGTH bytes of it are used. 0,
 * -ENAMETOOLONG, -ENOMEM. */
int stream_header_make(const char *name, uint64_t size, int64_t mtime, char ret[STREAM_HEADERS_MAX], size_t *ret_length);

/* Zeros that fill up SIZE bytes to blocks. */
static inline unsigned stream_padding(uint64_t size)
{
	return (unsigned)((STREAM_BLOCK - size % STREAM_BLOCK) % STREAM_BLOCK);
}

#endif
