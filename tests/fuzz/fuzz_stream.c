/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a stream in a file: its members are found within it, none twice, by any look; what is written as a header is read as it was. The same bytes
 * from a pipe: the members do not depend on how many come at a time. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../../backend/core/bytes.h"
#include "../../backend/core/file.h"
#include "../../backend/set/stream_header.h"
#include "../../backend/set/stream_read.h"
#include "../../backend/set/stream_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_table(const struct stream_table *table, size_t size)
{
	for (size_t i = 0; i < table->segment_count; i++) {
		AUTO_FREE char *name = text_format("segments/%06u.tar.zst", table->segments[i].number);

		if (table->segments[i].part.offset > size || stream_table_find(table, name) != &table->segments[i].part ||
		    (i > 0 && table->segments[i].number <= table->segments[i - 1].number))
			abort();
	}
	for (size_t i = 0; i < table->other_count; i++)
		if (table->others[i].part.offset > size || stream_table_find(table, table->others[i].name) != &table->others[i].part)
			abort();
}

/* A member of any name and size. */
static void check_written(const uint8_t *data, size_t size)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz/._-0123456789";
	AUTO_CLOSE int fd = memfd_create("stream", MFD_CLOEXEC);
	struct stream_table table;
	struct ustar header;
	char name[256] = "attachments/", bytes[STREAM_HEADERS_MAX];
	uint64_t length = 0, found;
	size_t used, at = strlen(name);

	if (size < 9)
		return;
	memcpy(&length, data, sizeof(length));
	length >>= 2 + data[8] % 40;
	for (size_t i = 9; i < size && at < 12 + 160; i++)
		name[at++] = letters[data[i] % (i == 9 ? 26 : sizeof(letters) - 1)] == '/' ? 'x' : letters[data[i] % (i == 9 ? 26 : sizeof(letters) - 1)];
	if (at == 12)
		return;
	if (stream_header_make(name, length, 1, bytes, &used) < 0 || write_all(fd, bytes, used) < 0 || stream_table_read(fd, &table) < 0)
		abort();
	memcpy(&header, bytes + used - STREAM_BLOCK, sizeof(header));
	if (table.other_count != 1 || strcmp(table.others[0].name, name) != 0 || table.others[0].part.size != length || table.others[0].part.offset != used ||
	    !stream_header_size(&header, &found) || !stream_header_is_good(&header))
		abort();
	stream_table_done(&table);
}

static void check_stream(const uint8_t *data, size_t size)
{
	AUTO_CLOSE int fd = memfd_create("stream", MFD_CLOEXEC);
	struct stream_table table;

	if (fd < 0 || write_all(fd, data, size) < 0 || stream_table_read(fd, &table) < 0)
		abort();
	check_table(&table, size);
	stream_table_done(&table);
}

struct pipe {
	const uint8_t *data;
	size_t left, at_once;
};

static ssize_t read_pipe(struct context *ctx, void *data, void *buffer, size_t length)
{
	struct pipe *pipe = data;

	(void)ctx;
	if (length > pipe->at_once)
		length = pipe->at_once;
	if (length > pipe->left)
		length = pipe->left;
	memcpy(buffer, pipe->data, length);
	pipe->data += length;
	pipe->left -= length;
	return (ssize_t)length;
}

/* All members of the stream, half of each one's data, and what is damaged between them, as text. */
static void list_members(const uint8_t *data, size_t size, size_t at_once, struct buffer *list)
{
	struct pipe pipe = { data, size, at_once };
	struct stream_reader *reader = stream_reader_new(read_pipe, &pipe, "fuzz");
	uint64_t length, given = 0;
	const char *name;
	struct context ctx;
	int r;

	context_init(&ctx);
	while ((r = stream_reader_next(&ctx, reader, &name, &length)) == 1 || r == -EBADMSG) {
		char part[4096];
		AUTO_FREE char *line = r == 1 ? text_format("%s %llu\n", name, (unsigned long long)length) : strdup("damaged\n");
		ssize_t n = 0;

		for (uint64_t left = r == 1 ? length / 2 : 0; left > 0; left -= (uint64_t)n) {
			n = stream_reader_data(&ctx, reader, part, left < sizeof(part) ? (size_t)left : sizeof(part));
			if (n <= 0)
				break;
			given += (uint64_t)n;
		}
		if (given > size || buffer_append(list, line, strlen(line)) < 0)
			abort();
		context_clear(&ctx);
	}
	if (r != 0 || stream_reader_drain(&ctx, reader, &length) < 0 || pipe.left)
		abort();
	stream_reader_free(reader);
	context_done(&ctx);
}

static void check_pipe(const uint8_t *data, size_t size)
{
	AUTO_BUFFER struct buffer whole = { 0 }, pieces = { 0 };

	list_members(data, size, SIZE_MAX, &whole);
	list_members(data, size, 100, &pieces);
	if (whole.length != pieces.length || (whole.length && memcmp(whole.data, pieces.data, whole.length) != 0))
		abort();
}

/* Right sums, which no fuzzer finds. */
static void mend_sums(uint8_t *data, size_t size)
{
	for (size_t at = 0; at + STREAM_BLOCK <= size; at += STREAM_BLOCK) {
		struct ustar header;
		char sum[sizeof(header.checksum) + 1];

		memcpy(&header, data + at, sizeof(header));
		if (memcmp(header.magic, "ustar", 5) != 0)
			continue;
		snprintf(sum, sizeof(sum), "%07o", ustar_sum(&header));
		memcpy(header.checksum, sum, sizeof(header.checksum));
		memcpy(data + at, &header, sizeof(header));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_FREE uint8_t *mended = malloc(size + 1);

	memcpy(mended, data, size);
	mend_sums(mended, size);
	check_stream(data, size);
	check_stream(mended, size);
	check_pipe(data, size);
	check_pipe(mended, size);
	check_written(data, size);
	return 0;
}
