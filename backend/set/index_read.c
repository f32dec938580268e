#include "index.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/sysmacros.h>

#include <zstd.h>

#include "index_format.h"

#define LINE_LIMIT (32u << 20)

struct index_reader {
	const struct manifest *manifest;
	char *stored;            /* the compressed index */
	ZSTD_inBuffer in;
	ZSTD_DCtx *decompressor;
	struct buffer text;      /* what was decompressed and not yet read */
	size_t at;               /* start of the next line in text */
	uint64_t decompressed;
	uint64_t rows;
	bool frame_ended, failed;
};

static int bad(struct context *ctx, const char *what)
{
	return context_fail(ctx, EBADMSG, "the set's index " INDEX_NAME " is not valid: %s", what);
}

int index_open_bytes(struct context *ctx, const struct manifest *manifest, void *bytes, size_t length,
		     struct index_reader **ret)
{
	struct index_reader *reader = calloc(1, sizeof(*reader));

	if (reader)
		reader->decompressor = ZSTD_createDCtx();
	if (!reader || !reader->decompressor) {
		free(bytes);
		free(reader);
		return context_fail(ctx, ENOMEM, "out of memory");
	}
	reader->manifest = manifest;
	reader->stored = bytes;
	reader->in = (ZSTD_inBuffer){ bytes, length, 0 };
	*ret = reader;
	return 0;
}

int index_open(struct context *ctx, struct set *set, struct index_reader **ret)
{
	void *stored;
	size_t length;
	int r = set_index_load(ctx, set, &stored, &length);

	return r < 0 ? r : index_open_bytes(ctx, set_manifest(set), stored, length, ret);
}

void index_close(struct index_reader *reader)
{
	if (!reader)
		return;
	ZSTD_freeDCtx(reader->decompressor);
	buffer_done(&reader->text);
	free(reader->stored);
	free(reader);
}

/* Decompresses some more: 1, 0 when the frame has ended and nothing follows it. */
static int decompress_more(struct context *ctx, struct index_reader *reader)
{
	size_t room, left;

	/* Frames follow one another: rows of directories, rows of all else. */
	if (reader->frame_ended && reader->in.pos == reader->in.size)
		return 0;
	if (reader->at > 0) {
		memmove(reader->text.data, reader->text.data + reader->at, reader->text.length - reader->at);
		reader->text.length -= reader->at;
		reader->at = 0;
	}
	if (reader->text.length > LINE_LIMIT)
		return bad(ctx, "a line is too long");
	if (buffer_reserve(&reader->text, ZSTD_DStreamOutSize()) < 0)
		return context_fail(ctx, ENOMEM, "out of memory");
	room = reader->text.capacity - reader->text.length - 1;
	ZSTD_outBuffer out = { reader->text.data + reader->text.length, room, 0 };
	left = ZSTD_decompressStream(reader->decompressor, &out, &reader->in);
	if (ZSTD_isError(left))
		return bad(ctx, ZSTD_getErrorName(left));
	reader->text.length += out.pos;
	reader->decompressed += out.pos;
	if (reader->decompressed > (uint64_t)INDEX_TEXT_LIMIT)
		return bad(ctx, "it is too long");
	reader->frame_ended = left == 0;
	if (!reader->frame_ended && reader->in.pos == reader->in.size && out.pos < room)
		return bad(ctx, "it was cut short");
	return 1;
}

/* The next line without its end, in the reader's buffer: 1, or 0 at the end. */
static int next_line(struct context *ctx, struct index_reader *reader, const char **ret, size_t *ret_length)
{
	for (;;) {
		char *start = reader->text.data ? reader->text.data + reader->at : NULL;
		size_t left = reader->text.length - reader->at;
		char *end = left ? memchr(start, '\n', left) : NULL;
		int r;

		if (end) {
			*ret = start;
			*ret_length = (size_t)(end - start);
			reader->at += *ret_length + 1;
			return 1;
		}
		r = decompress_more(ctx, reader);
		if (r < 0)
			return r;
		if (r == 0)
			return left ? bad(ctx, "its last line is not complete") : 0;
	}
}

/* An escaped text as bytes; -EBADMSG or -ENOMEM. NULL stays NULL. */
static int take_bytes(char **ret, const char *text)
{
	if (!text)
		return 0;
	*ret = bytes_unescape(text, NULL);
	if (*ret)
		return 0;
	return errno == ENOMEM ? -ENOMEM : -EBADMSG;
}

static int take_digest(char ret[DIGEST_HEX], const char *text)
{
	if (!text || strlen(text) != DIGEST_HEX - 1 || strspn(text, "0123456789abcdef") != DIGEST_HEX - 1)
		return -EBADMSG;
	memcpy(ret, text, DIGEST_HEX);
	return 0;
}

/* Digits of BASE, at most MAX of them. */
static int take_digits(unsigned long *ret, const char *text, int base, size_t max)
{
	size_t length = strlen(text);

	if (length == 0 || length > max || strspn(text, base == 8 ? "01234567" : "0123456789abcdef") != length)
		return -EBADMSG;
	*ret = strtoul(text, NULL, base);
	return 0;
}

static int take_device(dev_t *ret, const char *text)
{
	unsigned major_number, minor_number;
	char after;

	if (sscanf(text, "%10u:%10u%c", &major_number, &minor_number, &after) != 2)
		return -EBADMSG;
	*ret = makedev(major_number, minor_number);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct index_xattr *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int take_xattrs(struct index_row *row, json_t *object)
{
	const char *name;
	json_t *value;

	if (!object)
		return 0;
	if (!json_is_object(object))
		return -EBADMSG;
	row->xattrs = calloc(json_object_size(object) + 1, sizeof(*row->xattrs));
	if (!row->xattrs)
		return -ENOMEM;
	json_object_foreach(object, name, value) {
		struct index_xattr *xattr = &row->xattrs[row->xattr_count];
		int r = take_digest(xattr->sha256, json_string_value(value));

		if (r == 0)
			r = take_bytes(&xattr->name, name);
		if (r < 0)
			return r;
		row->xattr_count++;
	}
	if (row->xattr_count > 1)
		qsort(row->xattrs, row->xattr_count, sizeof(*row->xattrs), by_name);
	return 0;
}

static int take_segments(struct index_row *row, json_t *array, const struct manifest *manifest)
{
	size_t count = json_array_size(array);

	if (count == 0)
		return -EBADMSG;
	row->segments = calloc(count, sizeof(*row->segments));
	if (!row->segments)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		json_t *value = json_array_get(array, i);
		json_int_t number = json_integer_value(value);

		if (!json_is_integer(value) || number < 0 || (uint64_t)number >= manifest->segment_count ||
		    (i > 0 && number <= row->segments[i - 1]))
			return -EBADMSG;
		row->segments[row->segment_count++] = (uint32_t)number;
	}
	return 0;
}

static int take_type(struct index_row *row, const char *type, const char *mode)
{
	unsigned long permissions;

	for (size_t i = 0; i < INDEX_TYPE_COUNT; i++) {
		if (strcmp(index_types[i].name, type))
			continue;
		if (take_digits(&permissions, mode, 8, 4) < 0)
			return -EBADMSG;
		row->mode = index_types[i].type | (mode_t)permissions;
		return 0;
	}
	return -EBADMSG;
}

/* What each type must have and must not have. */
static bool is_consistent(const struct index_row *row, bool has_size, bool has_device)
{
	bool file = S_ISREG(row->mode), link = row->hard_link;

	if (!pax_path_is_safe(row->path) || strlen(row->path) > PAX_PATH_LIMIT)
		return false;
	if (link && (!pax_path_is_safe(row->hard_link) || S_ISDIR(row->mode)))
		return false;
	return file == has_size && (file && !link) == (row->sha256[0] != '\0') && row->data <= row->size &&
	       (S_ISLNK(row->mode) && !link) == (row->link && *row->link) &&
	       (S_ISCHR(row->mode) || S_ISBLK(row->mode)) == has_device;
}

static int take_row(struct index_row *row, json_t *object, const struct manifest *manifest)
{
	const char *path, *type, *mode, *link = NULL, *hard_link = NULL, *device = NULL, *flags = NULL, *sha256 = NULL;
	json_int_t uid, gid, seconds, nanoseconds, size = -1, data = -1;
	json_t *xattrs = NULL, *segments;
	int changed = 0, r;

	if (json_unpack(object, "{s:s, s:s, s:s, s:I, s:I, s:[I, I !], s?I, s?I, s?s, s?s, s?s, s?s, s?s, s?o, s?b, s:o !}",
			"path", &path, "type", &type, "mode", &mode, "uid", &uid, "gid", &gid, "mtime", &seconds,
			&nanoseconds, "size", &size, "data", &data, "sha256", &sha256, "device", &device, "link", &link,
			"hard_link", &hard_link, "flags", &flags, "xattrs", &xattrs, "changed", &changed, "segments",
			&segments) < 0)
		return -EBADMSG;
	if (uid < 0 || uid > UINT32_MAX || gid < 0 || gid > UINT32_MAX || nanoseconds < 0 || nanoseconds > 999999999 ||
	    size < -1 || data < -1)
		return -EBADMSG;
	row->uid = (uid_t)uid;
	row->gid = (gid_t)gid;
	row->mtime = (struct timespec){ .tv_sec = (time_t)seconds, .tv_nsec = (long)nanoseconds };
	row->size = size < 0 ? 0 : (uint64_t)size;
	row->data = data < 0 ? row->size : (uint64_t)data;
	row->changed = changed;
	r = take_type(row, type, mode);
	if (r == 0)
		r = take_bytes(&row->path, path);
	if (r == 0)
		r = take_bytes(&row->link, link);
	if (r == 0)
		r = take_bytes(&row->hard_link, hard_link);
	if (r == 0 && sha256)
		r = take_digest(row->sha256, sha256);
	if (r == 0 && device)
		r = take_device(&row->device, device);
	if (r == 0 && flags)
		r = take_digits(&row->flags, flags, 16, 8);
	if (r == 0)
		r = take_xattrs(row, xattrs);
	if (r == 0)
		r = take_segments(row, segments, manifest);
	return r == 0 && !is_consistent(row, size >= 0, device) ? -EBADMSG : r;
}

static int read_row(struct context *ctx, struct index_reader *reader, struct index_row *row)
{
	const char *line = NULL;
	size_t length = 0;
	json_error_t error;
	json_t *object;
	int r = next_line(ctx, reader, &line, &length);

	if (r == 0 && reader->rows != reader->manifest->total_files)
		return bad(ctx, "it has fewer rows than the manifest says");
	if (r <= 0)
		return r;
	if (++reader->rows > reader->manifest->total_files)
		return bad(ctx, "it has more rows than the manifest says");
	object = json_loadb(line, length, JSON_REJECT_DUPLICATES, &error);
	r = object ? take_row(row, object, reader->manifest) : -EBADMSG;
	json_decref(object);
	if (r == -ENOMEM)
		return context_fail(ctx, ENOMEM, "out of memory");
	if (r < 0)
		return context_fail(ctx, EBADMSG, "the set's index " INDEX_NAME " is not valid: row %llu is malformed",
				    (unsigned long long)reader->rows);
	return 1;
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
