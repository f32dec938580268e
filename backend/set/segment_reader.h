/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The entries of one segment: verified compressed bytes in, entries out. Whatever the segment claims, no more comes out of it
 * than the manifest says, and less is damage too.
 */
#ifndef LIFEBOAT_SET_SEGMENT_READER_H
#define LIFEBOAT_SET_SEGMENT_READER_H

#include "entry_source.h"
#include "manifest.h"

struct segment_reader;

/* Bytes that a thread takes to unpack segments of ours, beside their stored bytes: the window of zstd's level 19, and buffers. */
#define SEGMENT_READER_BYTES (9ull << 20)
/* The same of any segment: the largest window. */
#define SEGMENT_READER_BYTES_MOST (33ull << 20)

/* A reader that can be used for one segment after another; one thread. NULL when out of memory. */
struct segment_reader *segment_reader_new(void);
void segment_reader_free(struct segment_reader *reader);
/* Starts on SEGMENT (borrowed until the next start), whose segment->stored bytes DATA holds (taken over, freed by the reader).
 * 0 or -ENOMEM. */
int segment_reader_start(struct context *ctx, struct segment_reader *reader, const struct segment *segment, void *data);
/* Whether the segment->stored bytes DATA (borrowed) are one frame with a right checksum, before anything of it is handed out: for a segment whose
 * digest is not known yet. 0, -EBADMSG with a sentence, -ENOMEM. READER has to be started afterwards. */
int segment_reader_check(struct context *ctx, struct segment_reader *reader, const struct segment *segment, const void *data);
/* The kind that the first entry of SEGMENT belongs to; of one without entries that of links. As above. */
int segment_reader_kind(struct context *ctx, struct segment_reader *reader, const struct segment *segment, void *data, enum segment_kind *ret);
/* Frees the segment's bytes, of which no more is read. */
void segment_reader_end(struct segment_reader *reader);
/* The next entry, as pax_read(). At the end the length and the number of entries must be the manifest's: -EBADMSG with a
 * sentence that names the segment, as for all that is wrong with it. */
int segment_read(struct context *ctx, struct segment_reader *reader, struct pax_entry *entry);
/* READER (taken) as a source of entries; whoever starts it on a segment keeps a pointer to it. */
struct entry_source segment_entries(struct segment_reader *reader);
/* The entry's data, as pax_read_data(). */
ssize_t segment_read_data(struct context *ctx, struct segment_reader *reader, const void **ret);
/* WHAT is wrong with the segment, kept as the context's sentence: returns -EBADMSG. */
int segment_damaged(struct context *ctx, const struct segment_reader *reader, const char *what);

#endif
