/* SPDX-License-Identifier: GPL-3.0-or-later */
/* segments.zst: one row a segment, with its digest; docs/set-format.md, "The segment table". */
#ifndef LIFEBOAT_SET_SEGMENT_TABLE_H
#define LIFEBOAT_SET_SEGMENT_TABLE_H

#include "lines.h"

/* The table of MANIFEST's segments, compressed, to the sink; its length and digest go into MANIFEST. 0, what the sink answered, -ENOMEM,
 * -EIO, -EFBIG. */
int segment_table_write(struct manifest *manifest, pax_sink sink, void *data);
/* Reads the table of SET into MANIFEST, its manifest as manifest_parse() left it: known members, sizes that can be, in order, and
 * enough for the totals. 0 or -errno with a sentence. */
int segment_table_read(struct context *ctx, struct set *set, struct manifest *manifest);
/* The same over the table's BYTES (taken, also on failure), whose digest is not looked at. */
int segment_table_read_bytes(struct context *ctx, struct manifest *manifest, void *bytes, size_t length);

#endif
