/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The headers between the members of a stream: ustar, with what pax and GNU tar put before them. Only for stream_*.c. */
#ifndef LIFEBOAT_SET_STREAM_HEADER_H
#define LIFEBOAT_SET_STREAM_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stream_write.h"
#include "ustar.h"

#define STREAM_EXTENSION_LIMIT (64u << 10) /* bytes of what is put before a header; no member of a set has more */

/* What stands before a header and takes the place of its fields. */
struct stream_extension {
	char *path;              /* NULL: that of the header */
	uint64_t size;
	bool has_size;
};

void stream_extension_done(struct stream_extension *extension);
/* What the DATA of a header of type TYPE ('x', or GNU's 'L'), NUL behind its LENGTH bytes, says. 0, -EBADMSG, -ENOMEM. */
int stream_extension_parse(struct stream_extension *extension, char type, char *data, size_t length);

/* Whether its magic is that of ustar or GNU tar, and its sum is right. */
bool stream_header_is_good(const struct ustar *header);
/* False: no number, or one of more than 62 bits. */
bool stream_header_size(const struct ustar *header, uint64_t *ret);
/* Prefix and name, without a "./" ahead. New string; NULL: out of memory. */
char *stream_header_path(const struct ustar *header);
static inline bool stream_header_is_file(const struct ustar *header)
{
	return header->type == '0' || header->type == '\0' || header->type == '7';
}

#endif
