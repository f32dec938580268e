/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "stream_read.h"

#include <errno.h>
#include <string.h>

#include "../core/bytes.h"
#include "stream_header.h"
#include "stream_table.h"

#define SKIPPED (256u << 10)

struct stream_reader {
	stream_source source;
	void *data;
	const char *place;
	uint64_t left;           /* bytes of the member that were not given yet */
	unsigned padding;        /* and what fills up its last block */
	bool ended;
	bool lost;               /* no header was where one belongs: that of the next member is looked for */
	struct stream_extension extension; /* for the next header */
	char *folder;            /* of the members; NULL: none has come */
	char *path;              /* of the present one */
	char *scratch;
};

struct stream_reader *stream_reader_new(stream_source source, void *data, const char *place)
{
	struct stream_reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return NULL;
	reader->source = source;
	reader->data = data;
	reader->place = place;
	reader->scratch = malloc(SKIPPED);
	if (reader->scratch)
		return reader;
	free(reader);
	return NULL;
}

void stream_reader_free(struct stream_reader *reader)
{
	if (!reader)
		return;
	stream_extension_done(&reader->extension);
	free(reader->folder);
	free(reader->path);
	free(reader->scratch);
	free(reader);
}

static int fail_cut(struct context *ctx, const struct stream_reader *reader)
{
	return reader->path ? context_fail(ctx, EBADMSG, "the stream %s ends in the middle, behind or in its member %s", reader->place, reader->path) :
			      context_fail(ctx, EBADMSG, "the stream %s ends before its first member", reader->place);
}

static ssize_t get(struct context *ctx, struct stream_reader *reader, void *buffer, size_t length)
{
	ssize_t n = reader->source(ctx, reader->data, buffer, length);

	return n < 0 && !*context_detail(ctx) ? context_fail(ctx, (int)-n, "the stream %s cannot be read: %s", reader->place, strerror((int)-n)) : n;
}

/* Exactly LENGTH bytes, fewer at the end. */
static ssize_t get_all(struct context *ctx, struct stream_reader *reader, char *buffer, size_t length)
{
	size_t done = 0;

	while (done < length) {
		ssize_t n = get(ctx, reader, buffer + done, length - done);

		if (n <= 0)
			return n < 0 ? n : (ssize_t)done;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

static int skip(struct context *ctx, struct stream_reader *reader, uint64_t length)
{
	while (length > 0) {
		ssize_t n = get(ctx, reader, reader->scratch, length < SKIPPED ? (size_t)length : SKIPPED);
		int r = context_check_cancel(ctx);

		if (n <= 0 || r < 0)
			return n < 0 ? (int)n : r < 0 ? r : fail_cut(ctx, reader);
		length -= (uint64_t)n;
	}
	return 0;
}

static int take_extension(struct context *ctx, struct stream_reader *reader, char type, uint64_t size)
{
	AUTO_FREE char *data = NULL;
	ssize_t n;
	int r;

	if (size > STREAM_EXTENSION_LIMIT)
		return skip(ctx, reader, size + stream_padding(size));
	data = malloc((size_t)size + 1);
	if (!data)
		return context_oom(ctx);
	n = get_all(ctx, reader, data, (size_t)size);
	if (n < 0 || (uint64_t)n < size)
		return n < 0 ? (int)n : fail_cut(ctx, reader);
	data[size] = '\0';
	r = skip(ctx, reader, stream_padding(size));
	if (r < 0)
		return r;
	r = stream_extension_parse(&reader->extension, type, data, (size_t)size);
	reader->lost = r == -EBADMSG;
	if (r == -EBADMSG)
		return context_fail(ctx, EBADMSG, "the stream %s is damaged: an extended header is no list of records", reader->place);
	return r < 0 ? context_oom(ctx) : 0;
}

/* The name in the set of the file PATH (taken), which is the present one from now on; NULL: it is no member. */
static const char *take_path(struct stream_reader *reader, char *path)
{
	uint32_t segment;
	const char *name = stream_member_name(path, &segment);
	size_t length = name ? (size_t)(name - path) : 0;

	free(reader->path);
	reader->path = path;
	if (name && !reader->folder)
		reader->folder = strndup(path, length);
	return name && reader->folder && strlen(reader->folder) == length && !strncmp(reader->folder, path, length) ? name : NULL;
}

/* 1: HEADER is of the member *RET_NAME; 0: it is of something else, which lies ahead to be skipped. */
static int take_header(struct context *ctx, struct stream_reader *reader, const struct ustar *header, const char **ret_name)
{
	AUTO_FREE char *path = NULL;
	uint64_t size;

	reader->lost = !stream_header_is_good(header) || !stream_header_size(header, &size);
	if (reader->lost)
		return context_fail(ctx, EBADMSG, reader->path ? N_("the stream %s is damaged: behind its member %s no header of tar follows") :
				    N_("there is no recovery set in the stream %s: it is no tar archive%s"), reader->place, reader->path ? reader->path : "");
	if (header->type == 'x' || header->type == 'L')
		return take_extension(ctx, reader, header->type, size);
	if (header->type == 'g' || header->type == 'K')
		return skip(ctx, reader, size + stream_padding(size));
	if (reader->extension.has_size)
		size = reader->extension.size;
	if (header->type >= '1' && header->type <= '6')
		size = 0;
	path = reader->extension.path ? TAKE_POINTER(reader->extension.path) : stream_header_path(header);
	stream_extension_done(&reader->extension);
	if (!path)
		return context_oom(ctx);
	reader->left = size;
	reader->padding = stream_padding(size);
	*ret_name = stream_header_is_file(header) ? take_path(reader, TAKE_POINTER(path)) : NULL;
	return *ret_name != NULL;
}

static bool is_zero(const void *block)
{
	return !memcmp(block, stream_zeros, STREAM_BLOCK);
}

/* Whether HEADER, found somewhere behind damage, is of a member in the folder of the others. */
static bool is_of_member(const struct stream_reader *reader, const struct ustar *header)
{
	AUTO_FREE char *path = NULL;
	const char *name;
	uint64_t size;
	uint32_t segment;

	if (!stream_header_is_good(header) || !stream_header_size(header, &size) || !stream_header_is_file(header))
		return false;
	path = stream_header_path(header);
	name = path ? stream_member_name(path, &segment) : NULL;
	if (!name || !reader->folder)
		return name;
	return strlen(reader->folder) == (size_t)(name - path) && !strncmp(reader->folder, path, strlen(reader->folder));
}

int stream_reader_next(struct context *ctx, struct stream_reader *reader, const char **ret_name, uint64_t *ret_size)
{
	int r = 0;

	while (r == 0 && !reader->ended) {
		struct ustar header;
		ssize_t n;

		r = skip(ctx, reader, reader->left + reader->padding);
		reader->left = reader->padding = 0;
		if (r < 0)
			return r;
		n = get_all(ctx, reader, (char *)&header, sizeof(header));
		if (n < 0)
			return (int)n;
		/* Behind damage zeros may be anything. */
		reader->ended = n == 0 || (reader->lost ? n < (ssize_t)sizeof(header) : n == (ssize_t)sizeof(header) && is_zero(&header));
		if (reader->ended)
			return 0;
		if (reader->lost && !is_of_member(reader, &header)) {
			r = context_check_cancel(ctx);
			continue;
		}
		r = n < (ssize_t)sizeof(header) ? fail_cut(ctx, reader) : take_header(ctx, reader, &header, ret_name);
	}
	*ret_size = reader->left;
	return r;
}

ssize_t stream_reader_data(struct context *ctx, struct stream_reader *reader, void *buffer, size_t length)
{
	ssize_t n;

	if (length > reader->left)
		length = (size_t)reader->left;
	if (length == 0)
		return 0;
	n = get(ctx, reader, buffer, length);
	if (n == 0)
		return fail_cut(ctx, reader);
	reader->left -= n > 0 ? (uint64_t)n : 0;
	return n;
}

int stream_reader_drain(struct context *ctx, struct stream_reader *reader, uint64_t *ret_behind)
{
	ssize_t n;

	*ret_behind = 0;
	while ((n = get(ctx, reader, reader->scratch, SKIPPED)) > 0) {
		size_t first = 0;

		while (!*ret_behind && first < (size_t)n && !reader->scratch[first])
			first++;
		*ret_behind += (uint64_t)n - first;
		if (context_check_cancel(ctx) < 0)
			return -ECANCELED;
	}
	return (int)n;
}
