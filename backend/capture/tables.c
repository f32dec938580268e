/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tables.h"

#include <errno.h>

#include "../set/index.h"
#include "../set/segment_table.h"
#include "parts.h"

#define COPIED (1u << 20) /* bytes copied at a time */

/* Where a part's rows are kept until the index is put together. */
static const char *const kept_names[TABLE_PARTS] = { INDEX_NAME ".new-1", INDEX_NAME ".new-2" };

static int add_compressed(void *data, const void *bytes, size_t length)
{
	struct table_rows *rows = data;

	rows->length += length;
	return rows->length > (uint64_t)INDEX_LIMIT ? -EFBIG : sink_write(rows->capture->ctx, rows->kept, bytes, length);
}

int tables_open(struct capture *capture)
{
	for (size_t i = 0; i < TABLE_PARTS; i++) {
		struct table_rows *rows = &capture->tables.parts[i];
		int r = sink_begin(capture->ctx, capture->sink, kept_names[i], &rows->kept);

		if (r < 0)
			return r;
		rows->capture = capture;
		rows->writer = lines_writer_new(add_compressed, rows);
		if (!rows->writer)
			return -ENOMEM;
	}
	return 0;
}

void tables_close(struct tables *tables)
{
	for (size_t i = 0; i < TABLE_PARTS; i++) {
		lines_writer_free(tables->parts[i].writer);
		sink_drop(tables->parts[i].kept);
	}
}

int tables_add_rows(struct capture *capture, enum table_part part, const struct buffer *lines)
{
	return lines_write(capture->tables.parts[part].writer, lines->data ? lines->data : "", lines->length);
}

/* The rows of PART, from their start, to MEMBER and into DIGEST. */
static int copy_rows(struct capture *capture, enum table_part part, struct sink_member *member, struct digest *digest)
{
	uint64_t length = capture->tables.parts[part].length, done = 0;
	AUTO_FREE char *buffer = malloc(COPIED);

	while (buffer && done < length) {
		ssize_t n = sink_read(capture->ctx, capture->sink, kept_names[part], done, buffer, COPIED);
		int r;

		if (n <= 0)
			return n < 0 ? (int)n : -EIO;
		digest_update(digest, buffer, (size_t)n);
		r = sink_write(capture->ctx, member, buffer, (size_t)n);
		if (r == 0)
			r = context_check_cancel(capture->ctx);
		if (r < 0)
			return r;
		done += (uint64_t)n;
	}
	return !buffer ? -ENOMEM : done == length ? 0 : -EIO;
}

/* Those of all parts, to MEMBER, one after the other. */
static int copy_parts(struct capture *capture, struct sink_member *member, struct digest *digest)
{
	struct manifest *manifest = capture->manifest;
	int r = 0;

	manifest->index_stored = 0;
	for (size_t i = 0; i < TABLE_PARTS && r == 0; i++) {
		struct table_rows *rows = &capture->tables.parts[i];

		r = lines_writer_finish(rows->writer);
		if (r == 0)
			r = sink_end(capture->ctx, TAKE_POINTER(rows->kept));
		if (r == 0)
			r = copy_rows(capture, (enum table_part)i, member, digest);
		if (r == 0)
			r = sink_unlink(capture->ctx, capture->sink, kept_names[i]);
		manifest->index_stored += rows->length;
	}
	return r == 0 && manifest->index_stored > (uint64_t)INDEX_LIMIT ? -EFBIG : r;
}

static int write_index(struct capture *capture)
{
	AUTO_DIGEST struct digest *digest = digest_new();
	struct sink_member *member;
	int r = digest ? sink_begin(capture->ctx, capture->sink, INDEX_NAME, &member) : -ENOMEM;

	if (r < 0)
		return r;
	r = copy_parts(capture, member, digest);
	if (r < 0) {
		sink_drop(member);
		return r;
	}
	digest_finish(digest, capture->manifest->index_sha256);
	return sink_end(capture->ctx, member);
}

struct to_member {
	struct context *ctx;
	struct sink_member *member;
};

static int write_to_member(void *data, const void *bytes, size_t length)
{
	struct to_member *to = data;

	return sink_write(to->ctx, to->member, bytes, length);
}

static int write_segment_table(struct capture *capture)
{
	struct to_member to = { .ctx = capture->ctx };
	int r = sink_begin(capture->ctx, capture->sink, SEGMENT_TABLE_NAME, &to.member);

	if (r < 0)
		return r;
	r = segment_table_write(capture->manifest, write_to_member, &to);
	if (r == 0)
		return sink_end(capture->ctx, to.member);
	sink_drop(to.member);
	return r;
}

int tables_write(struct capture *capture)
{
	int r = write_index(capture);

	return r < 0 ? r : write_segment_table(capture);
}
