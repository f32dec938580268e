#include "stream.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <zstd.h>

/* 32 MiB: more than any segment's writer uses, little enough for one window a worker. */
#define WINDOW_LOG_MAX 25

struct stream {
	ZSTD_DCtx *zstd;
	struct pax_reader *reader;
	const struct segment *segment;
	void *data;
	ZSTD_inBuffer in;
	bool in_frame;           /* between the first and the last byte of a frame */
	uint64_t produced;       /* bytes out so far */
	uint64_t entries;
	const char *broken;      /* why the source failed, for the sentence; NULL */
};

struct stream *stream_new(void)
{
	struct stream *stream = calloc(1, sizeof(*stream));

	if (!stream)
		return NULL;
	stream->zstd = ZSTD_createDCtx();
	if (!stream->zstd) {
		free(stream);
		return NULL;
	}
	ZSTD_DCtx_setParameter(stream->zstd, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
	return stream;
}

static void stream_end(struct stream *stream)
{
	pax_reader_free(stream->reader);
	stream->reader = NULL;
	free(stream->data);
	stream->data = NULL;
}

void stream_free(struct stream *stream)
{
	if (!stream)
		return;
	stream_end(stream);
	ZSTD_freeDCtx(stream->zstd);
	free(stream);
}

/* The source of the pax reader. */
static ssize_t decompress(void *data, void *buffer, size_t length)
{
	struct stream *stream = data;
	ZSTD_outBuffer out = { .dst = buffer, .size = length };

	/* The reader's buffer is filled as far as it goes: fewer, larger pieces for the files. */
	while (out.pos < out.size) {
		size_t before = out.pos, left;

		if (stream->in.pos == stream->in.size && !stream->in_frame)
			break;
		left = ZSTD_decompressStream(stream->zstd, &out, &stream->in);
		if (ZSTD_isError(left)) {
			stream->broken = ZSTD_getErrorName(left);
			return -EBADMSG;
		}
		stream->in_frame = left != 0;
		if (left != 0 && stream->in.pos == stream->in.size && out.pos == before) {
			stream->broken = "its compressed data end too early";
			return -EBADMSG;
		}
	}
	stream->produced += out.pos;
	if (stream->produced > stream->segment->bytes) {
		stream->broken = "it holds more than the manifest says";
		return -EBADMSG;
	}
	return (ssize_t)out.pos;
}

int stream_start(struct context *ctx, struct stream *stream, const struct segment *segment, void *data)
{
	stream_end(stream);
	stream->data = data;
	stream->segment = segment;
	stream->in = (ZSTD_inBuffer){ .src = data, .size = segment->stored };
	stream->in_frame = false;
	stream->produced = stream->entries = 0;
	stream->broken = NULL;
	ZSTD_DCtx_reset(stream->zstd, ZSTD_reset_session_only);
	stream->reader = pax_reader_new(decompress, stream);
	return stream->reader ? 0 : context_fail(ctx, ENOMEM, "out of memory");
}

int stream_damaged(struct context *ctx, const struct stream *stream, const char *what)
{
	return context_fail(ctx, EBADMSG, "%s is damaged: %s", stream->segment->name, what);
}

/* The reader failed: its sentence gets the segment's name, and the reason when it was the source's. */
static int failed(struct context *ctx, struct stream *stream, int error)
{
	AUTO_FREE char *reason = text_format("%s", stream->broken ? stream->broken : context_detail(ctx));

	if (error != -EBADMSG)
		return error;
	context_clear(ctx);
	return stream_damaged(ctx, stream, reason ? reason : "it cannot be read");
}

static int check_totals(struct context *ctx, struct stream *stream)
{
	const struct segment *segment = stream->segment;
	char rest[4096];
	ssize_t n;

	/* Reads on to the end of the stream, so that its length is known. */
	while ((n = decompress(stream, rest, sizeof(rest))) > 0)
		;
	if (n < 0)
		return stream_damaged(ctx, stream, stream->broken);
	if (stream->produced != segment->bytes)
		return context_fail(ctx, EBADMSG, "%s is damaged: it holds %" PRIu64 " bytes where the manifest says %" PRIu64,
				    segment->name, stream->produced, segment->bytes);
	if (stream->entries != segment->entries)
		return context_fail(ctx, EBADMSG,
				    "%s is damaged: it holds %" PRIu64 " entries where the manifest says %" PRIu64,
				    segment->name, stream->entries, segment->entries);
	return 0;
}

int stream_next(struct context *ctx, struct stream *stream, struct pax_entry *entry)
{
	int r;

	do {
		r = pax_read(ctx, stream->reader, entry);
		if (r > 0)
			stream->entries++;
	} while (r > 0 && entry->recipe);
	if (r < 0)
		return failed(ctx, stream, r);
	return r > 0 ? 1 : check_totals(ctx, stream);
}

ssize_t stream_data(struct context *ctx, struct stream *stream, const void **ret)
{
	ssize_t n = pax_read_data(ctx, stream->reader, ret);

	return n < 0 ? failed(ctx, stream, (int)n) : n;
}
