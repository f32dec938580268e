/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A stream that has passed, as one through a pipe that was written by a capture: it tells at its end what is in it, and by then its segments are
 * gone. Manifest, tables and the digests of all members are kept.
 */
#include "set_source.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "../core/file.h"
#include "passed_stream.h"
#include "stream_read.h"
#include "stream_table.h"

#define ATTACHMENTS_HELD (16u << 20) /* bytes of those that are kept of a set on tape, in memory */

static struct buffer *buffer_of(struct passed_stream *stream, const char *name)
{
	return !strcmp(name, MANIFEST_NAME)	 ? &stream->manifest :
	       !strcmp(name, SEGMENT_TABLE_NAME) ? &stream->table :
	       !strcmp(name, STREAM_BEGIN_NAME)	 ? &stream->beginning :
						   NULL;
}

static int keep_bytes(struct context *ctx, struct stream_reader *reader, struct passed_stream *stream, struct buffer *buffer, uint64_t size)
{
	ssize_t n = 0;

	/* Of two members of one name the first counts. */
	if (buffer->length || size > (buffer == &stream->table ? SEGMENT_TABLE_LIMIT : MANIFEST_LIMIT))
		return 0;
	while ((n = stream_reader_data(ctx, reader, stream->block, PASSED_BLOCK)) > 0)
		if (buffer_append(buffer, stream->block, (size_t)n) < 0)
			return -ENOMEM;
	return (int)n;
}

int passed_stream_digest(struct context *ctx, struct stream_reader *reader, struct passed_stream *stream, struct passed *passed, int fd)
{
	AUTO_DIGEST struct digest *digest = digest_new();
	char sha256[DIGEST_HEX];
	ssize_t n;

	if (!digest || !passed)
		return -ENOMEM;
	while ((n = stream_reader_data(ctx, reader, stream->block, PASSED_BLOCK)) > 0) {
		int r = fd < 0 ? 0 : write_all(fd, stream->block, (size_t)n);

		if (r < 0)
			return r;
		digest_update(digest, stream->block, (size_t)n);
		passed->size += (uint64_t)n;
	}
	digest_finish(digest, sha256);
	digest_parse(sha256, passed->sha256);
	return (int)n;
}

/* Segments of directories are the first that are wanted and the last that are finished: they are small, and on a tape each would cost a pass. */
static int take_segment(struct context *ctx, struct stream_reader *reader, struct passed_stream *stream, uint32_t number, bool keeps)
{
	struct passed *passed;
	int r = passed_is_new(&stream->members, number);

	if (r <= 0)
		return r;
	if (!stream->members.segment_count)
		stream->first = number;
	keeps = keeps && number < stream->first;
	if (keeps && stream->kept_fd < 0)
		stream->kept_fd = file_open_unnamed();
	if (keeps && stream->kept_fd < 0)
		return stream->kept_fd;
	passed = passed_add_segment(&stream->members, number);
	r = passed_stream_digest(ctx, reader, stream, passed, keeps ? stream->kept_fd : -1);
	if (passed)
		passed->place = stream->count;
	if (keeps && passed)
		stream->kept += passed->size;
	if (keeps && r == 0)
		passed->kept = stream->kept;
	return r;
}

/* Those of a set on tape, while there is room: they lie on its first tape, and who wants one has its last in the drive. They may hold keys. */
static int take_attachment(struct context *ctx, struct stream_reader *reader, struct passed_stream *stream, struct passed *passed, uint64_t size)
{
	bool keeps = passed && size <= ATTACHMENTS_HELD - stream->attachments;
	int r;

	if (keeps && stream->attachments_fd < 0)
		stream->attachments_fd = memfd_create("lifeboat-attachments", MFD_CLOEXEC);
	if (keeps && stream->attachments_fd < 0)
		return -errno;
	r = passed_stream_digest(ctx, reader, stream, passed, keeps ? stream->attachments_fd : -1);
	if (!keeps)
		return r;
	stream->attachments += passed->size;
	passed->kept = r == 0 ? stream->attachments : 0;
	return r;
}

int passed_stream_take(struct context *ctx, struct stream_reader *reader, struct passed_stream *stream, const char *name, uint64_t size,
		       bool keeps)
{
	struct buffer *buffer = buffer_of(stream, name);
	struct passed *passed;
	uint32_t number;

	if (buffer)
		return keep_bytes(ctx, reader, stream, buffer, size);
	stream_member_name(name, &number);
	if (number < SEGMENTS_LIMIT)
		return take_segment(ctx, reader, stream, number, keeps);
	if (passed_find(&stream->members, name) || stream->members.other_count == PASSED_OTHERS_MAX)
		return 0;
	if (!strcmp(name, INDEX_NAME)) {
		stream->index_fd = file_open_unnamed();
		if (stream->index_fd < 0)
			return stream->index_fd;
	}
	passed = passed_add(&stream->members, name);
	if (passed)
		passed->place = stream->count;
	if (keeps && !strncmp(name, ATTACHMENTS_NAME "/", sizeof(ATTACHMENTS_NAME)))
		return take_attachment(ctx, reader, stream, passed, size);
	return passed_stream_digest(ctx, reader, stream, passed, strcmp(name, INDEX_NAME) ? -1 : stream->index_fd);
}

static int passed_load(struct context *ctx, struct set_source *source, const char *name, uint64_t limit, void **ret, size_t *ret_length)
{
	const struct buffer *buffer = buffer_of(source->passed, name);
	char *data;

	(void)ctx;
	if (!buffer)
		return -ESPIPE;
	if (!buffer->length)
		return -ENOENT;
	if (buffer->length > limit)
		return -EFBIG;
	data = malloc(buffer->length + 1);
	if (!data)
		return -ENOMEM;
	memcpy(data, buffer->data, buffer->length);
	*ret_length = buffer->length;
	*ret = data;
	return 0;
}

static int passed_read(struct context *ctx, struct set_source *source, const char *name, uint64_t offset, void *data, size_t length)
{
	const struct buffer *buffer = buffer_of(source->passed, name);

	(void)ctx;
	if (!strcmp(name, INDEX_NAME))
		return source->passed->index_fd < 0 ? -ENOENT : (int)read_full_at(source->passed->index_fd, data, length, (off_t)offset);
	if (!buffer || !buffer->length)
		return buffer ? -ENOENT : -ESPIPE;
	if (offset >= buffer->length)
		return 0;
	if (length > buffer->length - offset)
		length = (size_t)(buffer->length - offset);
	memcpy(data, buffer->data + offset, length);
	return (int)length;
}

struct passed_stream *passed_stream_new(void)
{
	struct passed_stream *stream = calloc(1, sizeof(*stream));

	if (!stream)
		return NULL;
	stream->index_fd = stream->kept_fd = stream->attachments_fd = -1;
	stream->block = malloc(PASSED_BLOCK);
	if (stream->block)
		return stream;
	free(stream);
	return NULL;
}

void passed_stream_free(struct passed_stream *stream)
{
	if (!stream)
		return;
	passed_done(&stream->members);
	buffer_done(&stream->beginning);
	buffer_done(&stream->manifest);
	buffer_done(&stream->table);
	if (stream->index_fd >= 0)
		close(stream->index_fd);
	if (stream->kept_fd >= 0)
		close(stream->kept_fd);
	if (stream->attachments_fd >= 0)
		close(stream->attachments_fd);
	free(stream->pending);
	free(stream->block);
	free(stream);
}

static void passed_close(struct set_source *source)
{
	passed_stream_free(source->passed);
}

const struct source_type source_passed_type = {
	.load = passed_load,
	.read = passed_read,
	.close = passed_close,
};

int source_pass_stream(struct context *ctx, struct set_source *source, struct stream_reader *reader, const char *place, const char *name,
		       uint64_t size)
{
	struct passed_stream *stream = passed_stream_new();
	int r;

	if (!stream)
		return -ENOMEM;
	source->passed = stream;
	source->type = &source_passed_type;
	r = passed_stream_take(ctx, reader, stream, name, size, source->tape);
	/* What is damaged costs its member. */
	while (r == 0 || r == -EBADMSG) {
		context_clear(ctx);
		r = stream_reader_next(ctx, reader, &name, &size);
		if (r == 0)
			break;
		stream->count += r == 1;
		if (r == 1)
			r = passed_stream_take(ctx, reader, stream, name, size, source->tape);
	}
	passed_sort(&stream->members);
	if (r == 0 && source->tape)
		source->tape_is_whole(source->tape);
	if (r == 0)
		r = stream_reader_drain(ctx, reader, &source->behind);
	if (r == 0 && !stream->manifest.length)
		return context_fail(ctx, EBADMSG, "there is no whole recovery set in the stream %s: it ends, or is damaged, before its last member, %s. Its capture was stopped, or it "
				    "did not come whole", place, MANIFEST_NAME);
	return r;
}

struct passed *source_passed(struct set_source *source, const char *name, uint32_t number)
{
	struct passed_members *members = &source->passed->members;

	return name ? passed_find(members, name) : passed_find_segment(members, number);
}

int source_load_kept(struct set_source *source, const struct passed *passed, void **ret)
{
	char *data = malloc((size_t)passed->size + 1);
	int fd = passed->name ? source->passed->attachments_fd : source->passed->kept_fd;
	ssize_t n = data ? read_full_at(fd, data, (size_t)passed->size, (off_t)(passed->kept - passed->size)) : -ENOMEM;

	if (n != (ssize_t)passed->size) {
		free(data);
		return n < 0 ? (int)n : -EIO;
	}
	*ret = data;
	return 0;
}

int source_find_passed(struct set_source *source, const char *name, uint32_t number, uint64_t *ret_size, char sha256[DIGEST_HEX])
{
	const struct passed *passed = source_passed(source, name, number);

	if (!passed)
		return -ENOENT;
	*ret_size = passed->size;
	digest_print(passed->sha256, sha256);
	return 0;
}
