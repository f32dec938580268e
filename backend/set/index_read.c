#include "index.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <zstd.h>

#include "index_format.h"

/* Compressed bytes read at a time. */
#define CHUNK (256u << 10)
/* Of zstd's window: more than the writer uses. */
#define WINDOW_LOG_MAX 25
/* What all attributes of a file can need: xattr(7) lists 64 KiB of their names at most, each three times as long when escaped; and a
 * digest each, of names of at least seven bytes. What stands in a row beside texts and numbers of segments. */
#define XATTRS_LIMIT ((3u << 16) + (1u << 16) / 7 * 80)
#define REST_LIMIT 4096
/* "1000000,": a number of a segment. */
#define NUMBER_LIMIT 8

struct index_reader {
	const struct manifest *manifest;
	struct set *set;         /* NULL: all compressed bytes are there already */
	char *stored;            /* compressed bytes: a chunk, or all */
	ZSTD_inBuffer in;
	uint64_t offset;         /* of the next chunk */
	struct digest *digest;   /* of what was read; NULL without a set */
	ZSTD_DCtx *decompressor;
	struct buffer text;      /* what was decompressed and not yet read */
	size_t at;               /* start of the next line in text */
	size_t line_limit;
	uint64_t decompressed;
	struct index_row_parser *parser;
	uint64_t rows;
	bool all_read, frame_ended, failed;
};

static struct index_reader *reader_new(const struct manifest *manifest)
{
	struct index_reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return NULL;
	reader->manifest = manifest;
	/* A path and where a link leads, escaped. */
	reader->line_limit = 2 * 3 * (size_t)PAX_PATH_LIMIT + XATTRS_LIMIT + REST_LIMIT + NUMBER_LIMIT * manifest->segment_count;
	reader->parser = index_row_parser_new(manifest);
	reader->decompressor = ZSTD_createDCtx();
	if (reader->decompressor)
		ZSTD_DCtx_setParameter(reader->decompressor, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
	if (reader->parser && reader->decompressor)
		return reader;
	index_close(reader);
	return NULL;
}

int index_open_bytes(struct context *ctx, const struct manifest *manifest, void *bytes, size_t length,
		     struct index_reader **ret)
{
	struct index_reader *reader = reader_new(manifest);

	if (!reader) {
		free(bytes);
		return context_oom(ctx);
	}
	reader->stored = bytes;
	reader->in = (ZSTD_inBuffer){ bytes, length, 0 };
	reader->all_read = true;
	*ret = reader;
	return 0;
}

int index_open(struct context *ctx, struct set *set, struct index_reader **ret)
{
	AUTO_INDEX struct index_reader *reader = reader_new(set_manifest(set));

	if (reader) {
		reader->set = set;
		reader->stored = malloc(CHUNK);
		reader->digest = digest_new();
	}
	if (!reader || !reader->stored || !reader->digest)
		return context_oom(ctx);
	*ret = TAKE_POINTER(reader);
	return 0;
}

void index_close(struct index_reader *reader)
{
	if (!reader)
		return;
	ZSTD_freeDCtx(reader->decompressor);
	index_row_parser_free(reader->parser);
	digest_free(reader->digest);
	buffer_done(&reader->text);
	free(reader->stored);
	free(reader);
}

/* The next chunk; at the end length and digest must be the manifest's. 0 or -errno with a sentence. */
static int read_chunk(struct context *ctx, struct index_reader *reader)
{
	uint64_t left = reader->manifest->index_stored - reader->offset;
	char sha256[DIGEST_HEX];
	int r;

	/* One byte more than there should be: what is longer is found out. */
	r = set_index_read(ctx, reader->set, reader->offset, reader->stored, left + 1 < CHUNK ? (size_t)left + 1 : CHUNK);
	if (r < 0)
		return r;
	reader->in = (ZSTD_inBuffer){ reader->stored, (size_t)r, 0 };
	reader->offset += (uint64_t)r;
	digest_update(reader->digest, reader->stored, (size_t)r);
	if (r > 0 && reader->offset <= reader->manifest->index_stored)
		return 0;
	reader->all_read = true;
	digest_finish(reader->digest, sha256);
	if (reader->offset != reader->manifest->index_stored)
		return context_fail(ctx, EBADMSG, "the index " INDEX_NAME " is too %s: the manifest says %" PRIu64 " bytes",
				    r > 0 ? "long" : "short", reader->manifest->index_stored);
	if (strcmp(sha256, reader->manifest->index_sha256))
		return context_fail(ctx, EBADMSG, "the index " INDEX_NAME " is damaged: its checksum is not the manifest's");
	return 0;
}

/* Something is wrong with the text; whether the member is not the one that was written is found out by reading it to its end. */
static int bad(struct context *ctx, struct index_reader *reader, const char *what)
{
	int r = 0;

	while (r == 0 && !reader->all_read)
		r = read_chunk(ctx, reader);
	return r < 0 ? r : context_fail(ctx, EBADMSG, "the set's index " INDEX_NAME " is not valid: %s", what);
}

/* Decompresses some more: 1, 0 when the frame has ended and nothing follows it. */
static int decompress_more(struct context *ctx, struct index_reader *reader)
{
	size_t room, left;
	int r = 0;

	while (reader->in.pos == reader->in.size && !reader->all_read && r == 0)
		r = read_chunk(ctx, reader);
	if (r < 0)
		return r;
	/* Frames follow one another: rows of directories, rows of all else. */
	if (reader->frame_ended && reader->in.pos == reader->in.size)
		return 0;
	if (reader->at > 0) {
		memmove(reader->text.data, reader->text.data + reader->at, reader->text.length - reader->at);
		reader->text.length -= reader->at;
		reader->at = 0;
	}
	if (reader->text.length > reader->line_limit)
		return bad(ctx, reader, "a line is too long");
	if (buffer_reserve(&reader->text, ZSTD_DStreamOutSize()) < 0)
		return context_oom(ctx);
	room = reader->text.capacity - reader->text.length - 1;
	ZSTD_outBuffer out = { reader->text.data + reader->text.length, room, 0 };
	left = ZSTD_decompressStream(reader->decompressor, &out, &reader->in);
	if (ZSTD_isError(left))
		return bad(ctx, reader, ZSTD_getErrorName(left));
	reader->text.length += out.pos;
	reader->decompressed += out.pos;
	if (reader->decompressed > (uint64_t)INDEX_TEXT_LIMIT)
		return bad(ctx, reader, "it is too long");
	reader->frame_ended = left == 0;
	if (!reader->frame_ended && reader->all_read && reader->in.pos == reader->in.size && out.pos < room)
		return bad(ctx, reader, "it was cut short");
	return 1;
}

/* The next line without its end, in the reader's buffer: 1, or 0 at the end. */
static int next_line(struct context *ctx, struct index_reader *reader, const char **ret, size_t *ret_length)
{
	size_t searched = 0;

	for (;;) {
		char *start = reader->text.data ? reader->text.data + reader->at : NULL;
		size_t left = reader->text.length - reader->at;
		char *end = left > searched ? memchr(start + searched, '\n', left - searched) : NULL;
		int r;

		if (end) {
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
			return left ? bad(ctx, reader, "its last line is not complete") : 0;
	}
}

static bool is_at_or_below(const char *path, const char *top)
{
	size_t length = strlen(top);

	return !strncmp(path, top, length) && (!path[length] || path[length] == '/');
}

/* The directory of filesystems that were not mounted, or a name in it: their tops. */
static bool is_unmounted_top(const char *path)
{
	const char *rest = path + strlen(LAYOUT_UNMOUNTED_NAME);

	return is_at_or_below(path, LAYOUT_UNMOUNTED_NAME) && (!*rest || !strchr(rest + 1, '/'));
}

/* What is wrong with the place or the type of a row whose members are right; NULL when nothing is. */
static const char *misplaced(const struct index_reader *reader, const struct index_row *row)
{
	if (reader->rows == 1 && (strcmp(row->path, ".") || !S_ISDIR(row->mode)))
		return "its first row is not the directory '.'";
	if (reader->rows > 1 && !strcmp(row->path, "."))
		return "it holds '.' twice";
	if (is_at_or_below(row->path, PAX_PIECES))
		return "the name " PAX_PIECES " is only for pieces of files";
	if (is_unmounted_top(row->path) && !S_ISDIR(row->mode))
		return LAYOUT_UNMOUNTED_NAME " and what lies directly in it must be directories";
	return NULL;
}

static int read_row(struct context *ctx, struct index_reader *reader, struct index_row *row)
{
	const char *line = NULL, *what;
	size_t length = 0;
	int r = next_line(ctx, reader, &line, &length);

	if (r == 0 && reader->rows == 0)
		return bad(ctx, reader, "it is empty, not even the directory '.' is in it");
	if (r == 0 && reader->rows != reader->manifest->total_files)
		return bad(ctx, reader, "it has fewer rows than the manifest says");
	if (r <= 0)
		return r;
	if (++reader->rows > reader->manifest->total_files)
		return bad(ctx, reader, "it has more rows than the manifest says");
	r = index_row_parse(reader->parser, line, length, row);
	if (r == -ENOMEM)
		return context_oom(ctx);
	if (r < 0) {
		AUTO_FREE char *row_number = text_format("row %" PRIu64 " is malformed", reader->rows);

		return bad(ctx, reader, row_number ? row_number : "a row is malformed");
	}
	what = misplaced(reader, row);
	return what ? bad(ctx, reader, what) : 1;
}

int index_read(struct context *ctx, struct index_reader *reader, struct index_row *row)
{
	int r;

	index_row_done(row);
	if (reader->failed)
		return -EBADMSG;
	r = read_row(ctx, reader, row);
	if (r <= 0)
		index_row_done(row);
	reader->failed = r < 0;
	return r;
}

int index_check(struct context *ctx, struct set *set)
{
	AUTO_INDEX struct index_reader *reader = NULL;
	int r = index_open(ctx, set, &reader);

	while (r == 0 && !reader->all_read) {
		r = read_chunk(ctx, reader);
		if (r == 0)
			r = context_check_cancel(ctx);
	}
	return r;
}
