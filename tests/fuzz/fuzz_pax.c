/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a tar stream: read to the end or refused; what is read is safe, and can be written and read again the same. */
#include <stdlib.h>
#include <string.h>

#include "../../backend/set/pax.h"
#include "../pax_source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_entry(const struct pax_entry *entry)
{
	AUTO_BUFFER struct buffer copy = { 0 };
	struct pax_writer *writer = pax_writer_new(write_buffer, &copy);

	if (!pax_path_is_safe(entry->path) || (entry->hard_link && !pax_path_is_safe(entry->link)) ||
	    (entry->piece_of && !pax_path_is_safe(entry->piece_of)) || pax_entry_data(entry) > INT64_MAX)
		abort();
	for (size_t i = 1; entry->extents && i < entry->extent_count; i++)
		if (entry->extents[i].offset < entry->extents[i - 1].offset + entry->extents[i - 1].length)
			abort();
	/* Everything the reader takes the writer can say. */
	if (writer && pax_write_header(writer, entry) < 0)
		abort();
	pax_writer_free(writer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source source = { (const char *)data, size, 0, size % 7 == 0 ? 100 : 0 };
	struct pax_reader *reader = pax_reader_new(read_source, &source, "the archive");
	struct pax_entry entry = { 0 };
	struct context ctx;
	const void *bytes;
	int r;

	context_init(&ctx);
	while ((r = pax_read(&ctx, reader, &entry)) == 1) {
		uint64_t want = pax_entry_data(&entry), got = 0;
		ssize_t n;

		check_entry(&entry);
		while ((n = pax_read_data(&ctx, reader, &bytes)) > 0)
			got += (uint64_t)n;
		if (n == 0 && got != want)
			abort();
	}
	if (r < 0 && !*context_detail(&ctx))
		abort();
	pax_entry_done(&entry);
	pax_reader_free(reader);
	context_done(&ctx);
	return 0;
}
