/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lines.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <zstd.h>

/* Compressed bytes read at a time. */
#define CHUNK (256u << 10)
/* Of zstd's window: more than the writer uses. */
#define WINDOW_LOG_MAX 25

struct lines_reader {
	struct lines_member member;
	struct set *set;         /* NULL: all compressed bytes are there already */
	char *stored;            /* compressed bytes: a chunk, or all */
	ZSTD_inBuffer in;
	uint64_t offset;         /* of the next chunk */
	struct digest *digest;   /* of what was read */
	ZSTD_DCtx *decompressor;
	struct buffer text;      /* what was decompressed and not yet read */
	size_t at;               /* start of the next line in text */
	uint64_t decompressed;
	bool all_read, frame_ended;
};

static struct lines_reader *reader_new(const struct lines_member *member)
{
	struct lines_reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return NULL;
	reader->member = *member;
	reader->decompressor = ZSTD_createDCtx();
	reader->digest = digest_new();
	if (reader->decompressor)
		ZSTD_DCtx_setParameter(reader->decompressor, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
	if (reader->decompressor && reader->digest)
		return reader;
	lines_close(reader);
	return NULL;
}

struct lines_reader *lines_open_bytes(const struct lines_member *member, void *bytes, size_t length)
{
	struct lines_reader *reader = reader_new(member);

	if (!reader) {
		free(bytes);
		return NULL;
	}
	reader->stored = bytes;
	reader->in = (ZSTD_inBuffer){ bytes, length, 0 };
	reader->all_read = true;
	return reader;
}

struct lines_reader *lines_open(struct set *set, const struct lines_member *member)
{
	AUTO_LINES struct lines_reader *reader = reader_new(member);

	if (reader) {
		reader->set = set;
		reader->stored = malloc(CHUNK);
	}
	return reader && reader->stored ? TAKE_POINTER(reader) : NULL;
}

void lines_close(struct lines_reader *reader)
{
	if (!reader)
		return;
	ZSTD_freeDCtx(reader->decompressor);
	digest_free(reader->digest);
	buffer_done(&reader->text);
	free(reader->stored);
	free(reader);
}

/* The next chunk; at the end length and digest must be the manifest's. 0 or -errno with a sentence. */
static int read_chunk(struct context *ctx, struct lines_reader *reader)
{
	uint64_t left = reader->member.stored - reader->offset;
	char sha256[DIGEST_HEX];
	int r;

	/* Frames may be empty: no row comes, and who waits for one looks at nothing. */
	r = context_check_cancel(ctx);
	if (r < 0)
		return r;
	/* One byte more than there should be: what is longer is found out. */
	r = set_member_read(ctx, reader->set, &reader->member, reader->offset, reader->stored, left + 1 < CHUNK ? (size_t)left + 1 : CHUNK);
	if (r < 0)
		return r;
	reader->in = (ZSTD_inBuffer){ reader->stored, (size_t)r, 0 };
	reader->offset += (uint64_t)r;
	digest_update(reader->digest, reader->stored, (size_t)r);
	if (r > 0 && reader->offset <= reader->member.stored)
		return 0;
	reader->all_read = true;
	digest_finish(reader->digest, sha256);
	if (reader->offset != reader->member.stored)
		return context_fail(ctx, EBADMSG, r > 0 ? N_("the %s %s is too long: the manifest says %llu bytes")
							: N_("the %s %s is too short: the manifest says %llu bytes"),
				    sentence_words(reader->member.what), reader->member.name, (unsigned long long)reader->member.stored);
	if (strcmp(sha256, reader->member.sha256))
		return context_fail(ctx, EBADMSG, "the %s %s is damaged: its checksum is not the manifest's", sentence_words(reader->member.what),
				    reader->member.name);
	return 0;
}

/* Whether the member is not the one that was written is found out by reading it to its end. */
int lines_bad(struct context *ctx, struct lines_reader *reader, const char *what)
{
	int r = 0;

	while (r == 0 && !reader->all_read)
		r = read_chunk(ctx, reader);
	return r < 0 ? r : context_fail(ctx, EBADMSG, "the set's %s %s is not valid: %s", sentence_words(reader->member.what),
				  reader->member.name, sentence_words(what));
}

/* Decompresses some more: 1, 0 when the frame has ended and nothing follows it. */
static int decompress_more(struct context *ctx, struct lines_reader *reader)
{
	size_t room, left;
	int r = 0;

	while (reader->in.pos == reader->in.size && !reader->all_read && r == 0)
		r = read_chunk(ctx, reader);
	if (r < 0)
		return r;
	/* Frames follow one another. */
	if (reader->frame_ended && reader->in.pos == reader->in.size)
		return 0;
	if (reader->at > 0) {
		memmove(reader->text.data, reader->text.data + reader->at, reader->text.length - reader->at);
		reader->text.length -= reader->at;
		reader->at = 0;
	}
	if (reader->text.length > reader->member.line_limit)
		return lines_bad(ctx, reader, N_("a line is too long"));
	if (buffer_reserve(&reader->text, ZSTD_DStreamOutSize()) < 0)
		return context_oom(ctx);
	room = reader->text.capacity - reader->text.length - 1;
	ZSTD_outBuffer out = { reader->text.data + reader->text.length, room, 0 };
	left = ZSTD_decompressStream(reader->decompressor, &out, &reader->in);
	if (ZSTD_isError(left))
		return lines_bad(ctx, reader, ZSTD_getErrorName(left));
	reader->text.length += out.pos;
	reader->decompressed += out.pos;
	if (reader->decompressed > reader->member.text_limit)
		return lines_bad(ctx, reader, N_("it is too long"));
	reader->frame_ended = left == 0;
	if (!reader->frame_ended && reader->all_read && reader->in.pos == reader->in.size && out.pos < room)
		return lines_bad(ctx, reader, N_("it was cut short"));
	return 1;
}

int lines_next(struct context *ctx, struct lines_reader *reader, const char **ret, size_t *ret_length)
{
	size_t searched = 0;

	for (;;) {
		char *start = reader->text.data ? reader->text.data + reader->at : NULL;
		size_t left = reader->text.length - reader->at;
		char *end = left > searched ? memchr(start + searched, '\n', left - searched) : NULL;
		int r;

		if (end) {
			if ((size_t)(end - start) > reader->member.line_limit)
				return lines_bad(ctx, reader, N_("a line is too long"));
			*ret = start;
			*ret_length = (size_t)(end - start);
			reader->at += *ret_length + 1;
			return 1;
		}
		searched = left;
		r = decompress_more(ctx, reader);
		if (r < 0)
			return r;
		if (r == 0)
			return left ? lines_bad(ctx, reader, N_("its last line is not complete")) : 0;
	}
}

int lines_check(struct context *ctx, struct lines_reader *reader)
{
	int r = 0;

	while (r == 0 && !reader->all_read)
		r = read_chunk(ctx, reader);
	return r;
}
