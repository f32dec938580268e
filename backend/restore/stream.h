/* One segment being unpacked: verified compressed bytes in, entries out. Whatever the segment claims, no more comes out of it
 * than the manifest says, and less is damage too.
 */
#ifndef LIFEBOAT_RESTORE_STREAM_H
#define LIFEBOAT_RESTORE_STREAM_H

#include "../set/manifest.h"
#include "../set/pax.h"

struct stream;

/* A stream that can be used for one segment after another; one thread. NULL when out of memory. */
struct stream *stream_new(void);
void stream_free(struct stream *stream);
/* Starts on SEGMENT, whose segment->stored bytes DATA holds (taken over, freed by the stream). 0 or -ENOMEM. */
int stream_start(struct context *ctx, struct stream *stream, const struct segment *segment, void *data);
/* The next entry, as pax_read(); entries that belong to the recipe by hand are passed over. At the end the length and the number
 * of entries must be the manifest's: -EBADMSG with a sentence that names the segment. */
int stream_next(struct context *ctx, struct stream *stream, struct pax_entry *entry);
/* The entry's data, as pax_read_data(). */
ssize_t stream_data(struct context *ctx, struct stream *stream, const void **ret);
/* What is wrong with the segment, kept as the context's sentence: returns -EBADMSG. */
int stream_damaged(struct context *ctx, const struct stream *stream, const char *what);

#endif
