/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A stream as captured that comes through a pipe and is taken as it comes: its beginning first, then segments one after the other, and manifest and
 * tables, which tell what all of it was, at its end. Segments that are wanted again behind the end are kept, in a file without a name.
 */
#include "set_source.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "../core/file.h"
#include "passed_stream.h"
#include "stream_read.h"
#include "stream_table.h"

#define ATTACHMENTS_KEPT (256u << 20) /* bytes of all of them: they are kept in memory */

static void arriving_close(struct set_source *source)
{
	void (*close_pipe)(struct set_source *source) = source->passed->close_pipe;

	passed_stream_free(source->passed);
	close_pipe(source);
}

static int load_from(int fd, const struct passed *passed, uint64_t limit, void **ret, size_t *ret_length)
{
	AUTO_FREE char *data = NULL;
	ssize_t n;

	if (passed->size > limit)
		return -EFBIG;
	data = malloc((size_t)passed->size + 1);
	n = data ? read_full_at(fd, data, (size_t)passed->size, (off_t)(passed->kept - passed->size)) : -ENOMEM;
	if (n < 0)
		return (int)n;
	*ret_length = (size_t)n;
	*ret = TAKE_POINTER(data);
	return 0;
}

/* Of what passed, what was kept. */
static int arriving_load(struct context *ctx, struct set_source *source, const char *name, uint64_t limit, void **ret, size_t *ret_length)
{
	struct passed_stream *stream = source->passed;
	const struct passed *passed;
	uint32_t number;
	int r = source_passed_type.load(ctx, source, name, limit, ret, ret_length);

	if (r != -ESPIPE)
		return r;
	stream_member_name(name, &number);
	passed = source_passed(source, number < SEGMENTS_LIMIT ? NULL : name, number);
	if (!passed)
		return -ENOENT;
	return passed->kept ? load_from(number < SEGMENTS_LIMIT ? stream->kept_fd : stream->attachments_fd, passed, limit, ret, ret_length) : -ESPIPE;
}

static int arriving_read(struct context *ctx, struct set_source *source, const char *name, uint64_t offset, void *buffer, size_t length)
{
	return source_passed_type.read(ctx, source, name, offset, buffer, length);
}

static const struct source_type arriving_type = {
	.load = arriving_load,
	.read = arriving_read,
	.close = arriving_close,
};

/* The next member: 1; 0 at the end; -errno. */
static int next(struct context *ctx, struct set_source *source, const char **ret_name, uint64_t *ret_size)
{
	int r = stream_reader_next(ctx, source->passed->reader, ret_name, ret_size);

	source->passed->count += r == 1;
	return r;
}

/* What the reader stands in is for who asks next. */
static int put_off(struct passed_stream *stream, const char *name, uint64_t size)
{
	stream->pending = strdup(name);
	stream->pending_size = size;
	return stream->pending ? 0 : -ENOMEM;
}

static int keep_attachment(struct context *ctx, struct set_source *source, const char *name, uint64_t size)
{
	struct passed_stream *stream = source->passed;
	struct passed *passed;
	int r;

	if (passed_find(&stream->members, name) || stream->members.other_count == PASSED_OTHERS_MAX)
		return 0;
	if (stream->attachments_fd < 0)
		stream->attachments_fd = memfd_create("lifeboat-attachments", MFD_CLOEXEC);
	if (stream->attachments_fd < 0)
		return -errno;
	if (size > ATTACHMENTS_KEPT - stream->attachments)
		return context_fail(ctx, EFBIG, "The recovery set keeps more beside its files than can be held in memory while it passes. Store it in a directory first "
				    "(lifeboat set convert - DIRECTORY), and name that");
	passed = passed_add(&stream->members, name);
	r = passed_stream_digest(ctx, source->passed->reader, stream, passed, stream->attachments_fd);
	if (!passed)
		return r;
	passed->place = stream->count;
	stream->attachments += passed->size;
	passed->kept = r == 0 ? stream->attachments : 0;
	return r;
}

/* They come right behind the beginning. */
static int take_attachments(struct context *ctx, struct set_source *source, size_t count)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++) {
		const char *name;
		uint64_t size;

		r = next(ctx, source, &name, &size);
		if (r <= 0)
			return r == -EBADMSG ? 0 : r;
		if (strncmp(name, ATTACHMENTS_NAME "/", sizeof(ATTACHMENTS_NAME)))
			return put_off(source->passed, name, size);
		r = keep_attachment(ctx, source, name, size);
	}
	return r == -EBADMSG ? 0 : r;
}

/* How many attachments the beginning names; a beginning that is damaged is refused by who opens the set. */
static size_t count_attachments(const struct buffer *text)
{
	AUTO_MANIFEST struct manifest *beginning = NULL;
	struct context ctx;
	size_t count = 0;

	context_init(&ctx);
	if (text->length && manifest_parse_beginning(&ctx, text->data, text->length, &beginning) == 0)
		count = beginning->attachment_count;
	context_done(&ctx);
	return count;
}

int source_begin_arriving(struct context *ctx, struct set_source *source, struct stream_reader *reader, void (*close_pipe)(struct set_source *source),
			  const char *name, uint64_t size)
{
	struct passed_stream *stream = passed_stream_new();
	int r;

	if (!stream)
		return -ENOMEM;
	stream->reader = reader;
	stream->close_pipe = close_pipe;
	r = passed_stream_take(ctx, reader, stream, name, size, false);
	source->passed = stream;
	if (r == 0)
		r = take_attachments(ctx, source, count_attachments(&stream->beginning));
	if (r < 0) {
		passed_stream_free(TAKE_POINTER(source->passed));
		return r;
	}
	source->type = &arriving_type;
	return 0;
}

int source_keep(struct set_source *source, uint32_t number, const void *data, size_t size)
{
	struct passed_stream *stream = source->passed;
	struct passed *passed = NULL;
	int r;

	/* It came last, and nothing is sorted yet. */
	if (stream->members.segment_count)
		passed = stream->members.segments + stream->members.segment_count - 1;
	if (!passed || passed->number != number || passed->kept)
		return -EINVAL;
	if (stream->kept_fd < 0)
		stream->kept_fd = file_open_unnamed();
	r = stream->kept_fd < 0 ? stream->kept_fd : write_all(stream->kept_fd, data, size);
	if (r == 0) {
		stream->kept += size;
		passed->kept = stream->kept;
	}
	return r;
}

/* All SIZE bytes of the member in memory. */
static int read_whole(struct context *ctx, struct set_source *source, struct passed *passed, uint64_t size, void **ret)
{
	struct stream_reader *reader = source->passed->reader;
	AUTO_FREE char *data = malloc((size_t)size + 1);
	char sha256[DIGEST_HEX];
	ssize_t n = 1;

	while (data && n > 0 && passed->size < size) {
		n = stream_reader_data(ctx, reader, data + passed->size, (size_t)(size - passed->size));
		passed->size += n > 0 ? (uint64_t)n : 0;
	}
	if (!data || n < 0)
		return data ? (int)n : -ENOMEM;
	if (passed->size < size)
		return -EBADMSG;
	if (digest_buffer(data, (size_t)size, sha256) < 0)
		return -ENOMEM;
	digest_parse(sha256, passed->sha256);
	*ret = TAKE_POINTER(data);
	return 0;
}

/* 1, or 0: it came before. */
static int take_segment(struct context *ctx, struct set_source *source, uint32_t number, uint64_t size, void **ret)
{
	struct passed_stream *stream = source->passed;
	struct passed *passed;
	int r = passed_is_new(&stream->members, number);

	if (r <= 0)
		return r;
	if (size > SEGMENT_LIMIT)
		return -EBADMSG;
	passed = passed_add_segment(&stream->members, number);
	if (!passed)
		return -ENOMEM;
	passed->place = stream->count;
	*ret = NULL;
	if (size <= SEGMENT_FILES_LIMIT) {
		r = read_whole(ctx, source, passed, size, ret);
		return r < 0 ? r : 1;
	}
	/* Too long for one of files. */
	if (stream->kept_fd < 0)
		stream->kept_fd = file_open_unnamed();
	r = stream->kept_fd < 0 ? stream->kept_fd : passed_stream_digest(ctx, source->passed->reader, stream, passed, stream->kept_fd);
	stream->kept += passed->size;
	passed->kept = r == 0 ? stream->kept : 0;
	return r < 0 ? r : 1;
}

/* As source_arrive(), of one member: -EAGAIN where it was none for the caller. */
static int take_next(struct context *ctx, struct set_source *source, uint32_t *ret_number, void **ret, size_t *ret_size)
{
	struct passed_stream *stream = source->passed;
	AUTO_FREE char *name = TAKE_POINTER(stream->pending);
	uint64_t size = stream->pending_size;
	int r = 1;

	if (!name) {
		const char *found;

		r = next(ctx, source, &found, &size);
		name = r == 1 ? strdup(found) : NULL;
	}
	if (r <= 0 || !name)
		return r == 1 ? -ENOMEM : r;
	stream_member_name(name, ret_number);
	*ret_size = (size_t)size;
	if (*ret_number < SEGMENTS_LIMIT)
		r = take_segment(ctx, source, *ret_number, size, ret);
	else
		r = passed_stream_take(ctx, source->passed->reader, stream, name, size, false);
	return r == 0 ? -EAGAIN : r;
}

int source_arrive(struct context *ctx, struct set_source *source, uint32_t *ret_number, void **ret, size_t *ret_size)
{
	int r;

	pthread_mutex_lock(&source->lock);
	while ((r = take_next(ctx, source, ret_number, ret, ret_size)) == -EAGAIN)
		;
	if (r == 0) {
		passed_sort(&source->passed->members);
		r = stream_reader_drain(ctx, source->passed->reader, &source->behind);
	}
	pthread_mutex_unlock(&source->lock);
	return r;
}
