/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes one segment: entries go into a tar stream, that into one zstd frame, that into a member of the set, and its digest is taken on the
 * way. Rows of the index are gathered beside it. Memory is bounded by the compressor's window and the rows.
 */
#ifndef LIFEBOAT_CAPTURE_SEGMENT_WRITER_H
#define LIFEBOAT_CAPTURE_SEGMENT_WRITER_H

#include "../core/bytes.h"
#include "../set/manifest.h"
#include "../set/pax.h"

struct capture;
struct segment_writer;

/* Bytes of memory that a writer takes at zstd level LEVEL, as zstd tells; 0: out of memory. */
uint64_t segment_writer_bytes(int level);

/* One writer makes many segments, one after the other. NULL when out of memory. */
struct segment_writer *segment_writer_new(struct capture *capture);
void segment_writer_free(struct segment_writer *writer);

/* All: 0 or -errno; sentences are made by capture_write_failed(). */
int segment_begin(struct segment_writer *writer, uint32_t number, enum segment_kind kind);
/* An entry's header; then its data, then segment_entry_end(). */
int segment_entry(struct segment_writer *writer, const struct pax_entry *entry);
int segment_data(struct segment_writer *writer, const void *data, size_t length);
int segment_entry_end(struct segment_writer *writer);
/* The row of ENTRY. SHA256 "" for what has no content; SEGMENTS the COUNT numbers it lies in from FIRST on. */
int segment_row(struct segment_writer *writer, const struct pax_entry *entry, const char *sha256, uint64_t data, bool changed,
		uint32_t first, size_t count);
/* Closes the frame and the member; *RET gets what the manifest says of it. */
int segment_end(struct segment_writer *writer, struct segment *ret);
/* Rows gathered since segment_begin(). */
struct buffer *segment_rows(struct segment_writer *writer);
/* Bytes of the tar stream so far. */
uint64_t segment_tar_length(const struct segment_writer *writer);
uint32_t segment_number(const struct segment_writer *writer);

#endif
