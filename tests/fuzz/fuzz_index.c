/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as the lines of an index, and as its compressed form: read or refused, and rows that are read print and are safe. */
#include <stdlib.h>
#include <string.h>

#include "../../backend/set/index.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int to_buffer(void *data, const void *bytes, size_t length)
{
	return buffer_append(data, bytes, length);
}

/* Takes BYTES. */
static void read_index(void *bytes, size_t length)
{
	struct manifest manifest = { .segment_count = 3, .total_files = 4 };
	AUTO_INDEX struct index_reader *reader = NULL;
	struct index_row row = { 0 };
	struct context ctx;
	int r;

	context_init(&ctx);
	r = index_open_bytes(&ctx, &manifest, bytes, length, &reader);
	while (r >= 0 && (r = index_read(&ctx, reader, &row)) == 1) {
		AUTO_BUFFER struct buffer text = { 0 };

		if (!pax_path_is_safe(row.path) || row.first_segment > row.last_segment || row.last_segment >= 3 || index_row_print(&text, &row) < 0)
			abort();
	}
	if (r < 0 && !*context_detail(&ctx))
		abort();
	index_row_done(&row);
	context_done(&ctx);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buffer stored = { 0 };
	struct lines_writer *writer = lines_writer_new(to_buffer, &stored);
	char *copy = malloc(size + 1);

	memcpy(copy, data, size);
	read_index(copy, size);
	if (lines_write(writer, (const char *)data, size) < 0 || lines_writer_finish(writer) < 0)
		abort();
	lines_writer_free(writer);
	read_index(stored.data, stored.length);
	return 0;
}
