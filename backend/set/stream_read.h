/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The members of a stream, one after the other, from what is read once and forward only: a pipe, a tape. Where the bytes come from is a function.
 * What the members are worth is not known here: their digests tell that.
 */
#ifndef LIFEBOAT_SET_STREAM_READ_H
#define LIFEBOAT_SET_STREAM_READ_H

#include <stdint.h>

#include "../core/context.h"

struct stream_reader;

/* At most LENGTH bytes: how many, 0 at the end, or -errno, with a sentence where the errno does not say it all. */
typedef ssize_t (*stream_source)(struct context *ctx, void *data, void *buffer, size_t length);

/* PLACE, for sentences, is borrowed. NULL: out of memory. */
struct stream_reader *stream_reader_new(stream_source source, void *data, const char *place);
void stream_reader_free(struct stream_reader *reader);
/* The next member, whatever was left of the one before: 1 with its name in the set, borrowed until the next call, and its length; 0 at the end;
 * -EBADMSG with a sentence where the stream is damaged or cut off - who calls again gets the next member whose header is found -; -errno with one. */
int stream_reader_next(struct context *ctx, struct stream_reader *reader, const char **ret_name, uint64_t *ret_size);
/* At most LENGTH bytes of that member, 0 at its end; -errno as above. */
ssize_t stream_reader_data(struct context *ctx, struct stream_reader *reader, void *buffer, size_t length);
/* Reads what follows the end, so that whoever writes can end: bytes from the first that is not zero, or -errno as above. */
int stream_reader_drain(struct context *ctx, struct stream_reader *reader, uint64_t *ret_behind);

#endif
