/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as the lines of a table of segments, and as its compressed form: read or refused, and a table that is read has rows in order
 * that the writer writes, and that are read again as they are.
 */
#include <stdlib.h>
#include <string.h>

#include "../../backend/set/segment_table.h"

#define ROWS 3

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int to_buffer(void *data, const void *bytes, size_t length)
{
	return buffer_append(data, bytes, length);
}

/* A manifest that tells of a table of COUNT rows, and little of what they hold. */
static struct manifest *new_manifest(size_t count)
{
	struct manifest *manifest = calloc(1, sizeof(*manifest));

	manifest->segment_count = count;
	return manifest;
}

static void write_again(struct context *ctx, struct manifest *manifest)
{
	AUTO_MANIFEST struct manifest *again = new_manifest(manifest->segment_count);
	struct buffer stored = { 0 };

	if (segment_table_write(manifest, to_buffer, &stored) < 0 || segment_table_read_bytes(ctx, again, stored.data, stored.length) < 0 ||
	    memcmp(again->segments, manifest->segments, manifest->segment_count * sizeof(*manifest->segments)))
		abort();
}

/* Takes BYTES. */
static void read_table(void *bytes, size_t length, size_t count)
{
	AUTO_MANIFEST struct manifest *manifest = new_manifest(count);
	struct context ctx;
	int r;

	context_init(&ctx);
	r = segment_table_read_bytes(&ctx, manifest, bytes, length);
	if (r < 0 && !*context_detail(&ctx))
		abort();
	if (r == 0)
		write_again(&ctx, manifest);
	context_done(&ctx);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* The first byte is the count, so that tables of any length can be right. */
	size_t count = size ? 1 + data[0] % ROWS : 1;
	const void *rest = size ? data + 1 : data;
	size_t length = size ? size - 1 : 0;
	struct buffer stored = { 0 };
	struct lines_writer *writer = lines_writer_new(to_buffer, &stored);
	char *copy = malloc(length + 1);

	memcpy(copy, rest, length);
	read_table(copy, length, count);
	if (lines_write(writer, rest, length) < 0 || lines_writer_finish(writer) < 0)
		abort();
	lines_writer_free(writer);
	read_table(stored.data, stored.length, count);
	return 0;
}
