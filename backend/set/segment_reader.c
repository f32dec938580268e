/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "segment_reader.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <zstd.h>
#include <zstd_errors.h>

/* 32 MiB: more than any segment's writer uses, little enough for one window a worker. */
#define WINDOW_LOG_MAX 25

struct segment_reader {
	ZSTD_DCtx *zstd;
	struct pax_reader *pax;
	const struct segment *segment;
	char *name;              /* of the segment, for sentences */
	void *data;
	ZSTD_inBuffer in;
	bool frame_ended;
	uint64_t produced;       /* bytes out so far */
	uint64_t entries;
};

struct segment_reader *segment_reader_new(void)
{
	struct segment_reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return NULL;
	reader->zstd = ZSTD_createDCtx();
	if (!reader->zstd) {
		free(reader);
		return NULL;
	}
	ZSTD_DCtx_setParameter(reader->zstd, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
	return reader;
}

void segment_reader_end(struct segment_reader *reader)
{
	pax_reader_free(reader->pax);
	reader->pax = NULL;
	free(reader->data);
	reader->data = NULL;
}

void segment_reader_free(struct segment_reader *reader)
{
	if (!reader)
		return;
	segment_reader_end(reader);
	free(reader->name);
	ZSTD_freeDCtx(reader->zstd);
	free(reader);
}

int segment_damaged(struct context *ctx, const struct segment_reader *reader, const char *what)
{
	return context_fail(ctx, EBADMSG, "%s is damaged: %s", reader->name, sentence_words(what));
}

/* The source of the pax reader. The reader's buffer is filled as far as it goes: fewer, larger pieces for the files. */
static ssize_t decompress(struct context *ctx, void *data, void *buffer, size_t length)
{
	struct segment_reader *reader = data;
	ZSTD_outBuffer out = { .dst = buffer, .size = length };

	while (out.pos < out.size && !reader->frame_ended) {
		size_t before = out.pos, left = ZSTD_decompressStream(reader->zstd, &out, &reader->in);

		if (ZSTD_isError(left))
			return ZSTD_getErrorCode(left) == ZSTD_error_memory_allocation
				? context_fail(ctx, ENOMEM, "out of memory for %s", reader->name)
				: segment_damaged(ctx, reader, ZSTD_getErrorName(left));
		reader->frame_ended = left == 0;
		if (left != 0 && reader->in.pos == reader->in.size && out.pos == before)
			return segment_damaged(ctx, reader, N_("its compressed data end too early"));
	}
	if (reader->frame_ended && reader->in.pos < reader->in.size)
		return segment_damaged(ctx, reader, N_("something follows its compressed data"));
	reader->produced += out.pos;
	if (reader->produced > (reader->segment->bytes == SEGMENT_BYTES_UNKNOWN ? SEGMENT_TAR_LIMIT : reader->segment->bytes))
		return segment_damaged(ctx, reader, N_("it holds more than the manifest says"));
	return (ssize_t)out.pos;
}

/* RFC 8878, 3.1.1.1.1: the flag in the frame's descriptor. What is no frame is for the decompressor to refuse. */
static bool has_checksum(const unsigned char *data, size_t length)
{
	static const unsigned char magic[] = { 0x28, 0xb5, 0x2f, 0xfd };

	return length <= sizeof(magic) || memcmp(data, magic, sizeof(magic)) || (data[sizeof(magic)] & 4);
}

int segment_reader_start(struct context *ctx, struct segment_reader *reader, const struct segment *segment, void *data)
{
	segment_reader_end(reader);
	reader->data = data;
	reader->segment = segment;
	reader->in = (ZSTD_inBuffer){ .src = data, .size = segment->stored };
	reader->frame_ended = false;
	reader->produced = reader->entries = 0;
	ZSTD_DCtx_reset(reader->zstd, ZSTD_reset_session_only);
	free(reader->name);
	reader->name = sentence("segment %s", segment_name(segment).text);
	reader->pax = reader->name ? pax_reader_new(decompress, reader, reader->name) : NULL;
	if (!reader->pax)
		return context_oom(ctx);
	return has_checksum(data, segment->stored) ? 0 : segment_damaged(ctx, reader, N_("its compressed data carry no checksum"));
}

int segment_reader_check(struct context *ctx, struct segment_reader *reader, const struct segment *segment, const void *data)
{
	AUTO_FREE char *scratch = malloc(ZSTD_DStreamOutSize());
	ssize_t n;
	int r = scratch ? segment_reader_start(ctx, reader, segment, (void *)data) : context_oom(ctx);

	while (r == 0 && !reader->frame_ended) {
		n = decompress(ctx, reader, scratch, ZSTD_DStreamOutSize());
		r = n < 0 ? (int)n : context_check_cancel(ctx);
	}
	reader->data = NULL;
	return r;
}

int segment_reader_kind(struct context *ctx, struct segment_reader *reader, const struct segment *segment, void *data, enum segment_kind *ret)
{
	CLEANUP(pax_entry_done) struct pax_entry entry = { 0 };
	int r = segment_reader_start(ctx, reader, segment, data);

	if (r == 0)
		r = pax_read(ctx, reader->pax, &entry);
	reader->data = NULL;
	if (r < 0)
		return r;
	*ret = r == 0 || (entry.hard_link && !entry.recipe) ? SEGMENT_LINKS : S_ISDIR(entry.mode) ? SEGMENT_DIRECTORIES : SEGMENT_FILES;
	return 0;
}

/* The tar reader met the end of the frame: all of the segment was seen. */
static int check_totals(struct context *ctx, const struct segment_reader *reader)
{
	const struct segment *segment = reader->segment;

	if (segment->bytes == SEGMENT_BYTES_UNKNOWN)
		return 0;
	if (reader->produced != segment->bytes)
		return context_fail(ctx, EBADMSG, "%s is damaged: it holds %llu bytes where the manifest says %llu", reader->name,
			(unsigned long long)reader->produced, (unsigned long long)segment->bytes);
	if (reader->entries != segment->entries)
		return context_fail(ctx, EBADMSG, "%s is damaged: it holds %llu entries where the manifest says %u", reader->name,
			(unsigned long long)reader->entries, segment->entries);
	return 0;
}

int segment_read(struct context *ctx, struct segment_reader *reader, struct pax_entry *entry)
{
	int r = pax_read(ctx, reader->pax, entry);

	if (r > 0)
		reader->entries++;
	return r == 0 ? check_totals(ctx, reader) : r;
}

ssize_t segment_read_data(struct context *ctx, struct segment_reader *reader, const void **ret)
{
	return pax_read_data(ctx, reader->pax, ret);
}

static int next_entry(struct context *ctx, void *source, struct pax_entry *entry)
{
	return segment_read(ctx, source, entry);
}

static ssize_t next_data(struct context *ctx, void *source, const void **ret)
{
	return segment_read_data(ctx, source, ret);
}

static int damaged(struct context *ctx, const void *source, const char *what)
{
	return segment_damaged(ctx, source, what);
}

static void close_reader(void *source)
{
	segment_reader_free(source);
}

struct entry_source segment_entries(struct segment_reader *reader)
{
	static const struct entry_source_type segments = { next_entry, next_data, damaged, close_reader };

	return (struct entry_source){ &segments, reader };
}
