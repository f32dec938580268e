/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A stream from a pipe, stored as it comes: what its members are to be is known when all have passed, and the manifest is written then. */
#include <errno.h>
#include <string.h>

#include "../core/digest.h"
#include "../set/segment_table.h"
#include "../set/stream_read.h"
#include "../set/stream_table.h"
#include "convert_parts.h"

#define COPIED (1u << 20)

struct passed {
	uint32_t number;         /* of the segment; SEGMENTS_LIMIT: it is none */
	bool checked;
	char *name;              /* of what is no segment */
	uint64_t size;
	unsigned char sha256[DIGEST_BYTES];
};

struct pipe_copy {
	struct context *ctx;
	struct converted *to;
	struct stream_reader *reader;
	int fd;
	struct passed *members;  /* that were stored */
	size_t count, capacity;
	struct buffer manifest, table; /* bytes of these */
	char *buffer;
};

static ssize_t read_pipe(struct context *ctx, void *data, void *buffer, size_t length)
{
	const struct pipe_copy *copy = data;
	ssize_t n;

	(void)ctx;
	do
		n = read(copy->fd, buffer, length);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

static struct passed *find(struct pipe_copy *copy, const char *name, uint32_t number)
{
	for (size_t i = 0; i < copy->count; i++)
		if (name ? copy->members[i].name && !strcmp(copy->members[i].name, name) : copy->members[i].number == number)
			return copy->members + i;
	return NULL;
}

static struct passed *add(struct pipe_copy *copy)
{
	if (copy->count == copy->capacity) {
		size_t capacity = copy->capacity ? 2 * copy->capacity : 256;
		struct passed *grown = reallocarray(copy->members, capacity, sizeof(*grown));

		if (!grown)
			return NULL;
		copy->members = grown;
		copy->capacity = capacity;
	}
	return memset(copy->members + copy->count++, 0, sizeof(*copy->members));
}

/* All of the present member into WHOLE, which is not to be longer than LIMIT. */
static int keep(struct pipe_copy *copy, const char *name, uint64_t size, uint64_t limit, struct buffer *whole)
{
	ssize_t n;

	if (size > limit)
		return context_fail(copy->ctx, EBADMSG, "the stream is damaged: %s is too long", name);
	/* Of two members of one name the first counts. */
	while (whole->length < size && (n = stream_reader_data(copy->ctx, copy->reader, copy->buffer, COPIED)) != 0) {
		if (n < 0)
			return (int)n;
		if (buffer_append(whole, copy->buffer, (size_t)n) < 0)
			return context_oom(copy->ctx);
	}
	return 0;
}

/* The present member, stored under its name. */
static int store(struct pipe_copy *copy, const char *name, uint32_t number, uint64_t size)
{
	AUTO_DIGEST struct digest *digest = digest_new();
	struct passed *passed = digest ? add(copy) : NULL;
	char sha256[DIGEST_HEX];
	ssize_t n;
	int r;

	if (!passed)
		return context_oom(copy->ctx);
	passed->number = number;
	passed->size = size;
	passed->name = number == SEGMENTS_LIMIT ? strdup(name) : NULL;
	if (number == SEGMENTS_LIMIT && !passed->name)
		return context_oom(copy->ctx);
	r = converted_begin(copy->ctx, copy->to, name, size);
	while (r == 0 && (n = stream_reader_data(copy->ctx, copy->reader, copy->buffer, COPIED)) != 0) {
		if (n < 0)
			return (int)n;
		digest_update(digest, copy->buffer, (size_t)n);
		r = converted_write(copy->ctx, copy->to, copy->buffer, (size_t)n);
		if (r == 0)
			r = context_check_cancel(copy->ctx);
	}
	if (r < 0)
		return r;
	digest_finish(digest, sha256);
	digest_parse(sha256, passed->sha256);
	return converted_end(copy->ctx, copy->to);
}

static int take(struct pipe_copy *copy, const char *name, uint64_t size)
{
	uint32_t number;
	int r;

	stream_member_name(name, &number);
	if (!strcmp(name, MANIFEST_NAME))
		return copy->manifest.length ? 0 : keep(copy, name, size, MANIFEST_LIMIT, &copy->manifest);
	if (!strcmp(name, STREAM_BEGIN_NAME))
		return 0;
	if (strcmp(name, SEGMENT_TABLE_NAME) != 0) {
		if (number < SEGMENTS_LIMIT ? size > SEGMENT_LIMIT : strcmp(name, INDEX_NAME) && size > ATTACHMENT_LIMIT)
			return context_fail(copy->ctx, EBADMSG, "the stream is damaged: %s is too long", name);
		/* A second one is refused by the place itself: the names of segments are many. */
		return store(copy, name, number, size);
	}
	if (copy->table.length)
		return 0;
	r = keep(copy, name, size, SEGMENT_TABLE_LIMIT, &copy->table);
	return r == 0 ? converted_member(copy->ctx, copy->to, name, copy->table.data ? copy->table.data : "", copy->table.length) : r;
}

static int compare_numbers(const void *a, const void *b)
{
	const struct passed *one = a, *two = b;

	return one->number < two->number ? -1 : one->number > two->number;
}

/* What passed as NAME is what the manifest tells of. */
static int check(struct context *ctx, struct passed *passed, const char *name, uint64_t size, const unsigned char sha256[DIGEST_BYTES])
{
	if (!passed)
		return context_fail(ctx, EBADMSG, "the stream does not hold %s", name);
	passed->checked = true;
	if (passed->size != size || memcmp(passed->sha256, sha256, DIGEST_BYTES) != 0)
		return context_fail(ctx, EBADMSG, "%s is damaged: its checksum is not the manifest's. Nothing was stored", name);
	return 0;
}

static int check_other(struct pipe_copy *copy, const char *name, uint64_t size, const char *sha256)
{
	unsigned char bytes[DIGEST_BYTES];

	digest_parse(sha256, bytes);
	return check(copy->ctx, find(copy, name, 0), name, size, bytes);
}

static int check_segments(struct pipe_copy *copy, const struct manifest *manifest)
{
	size_t at = 0;
	int r = 0;

	if (copy->count)
		qsort(copy->members, copy->count, sizeof(*copy->members), compare_numbers);
	for (size_t i = 0; i < manifest->segment_count && r == 0; i++) {
		const struct segment *segment = manifest->segments + i;
		bool there = at < copy->count && copy->members[at].number == segment->number;

		r = check(copy->ctx, there ? copy->members + at : NULL, segment_name(segment).text, segment->stored, segment->sha256);
		at += there;
	}
	return r;
}

static int check_all(struct pipe_copy *copy, struct manifest *manifest)
{
	char sha256[DIGEST_HEX];
	int r = digest_buffer(copy->table.data ? copy->table.data : "", copy->table.length, sha256) < 0 ? context_oom(copy->ctx) : 0;

	if (r == 0 && (copy->table.length != manifest->table_stored || strcmp(sha256, manifest->table_sha256) != 0))
		r = context_fail(copy->ctx, EBADMSG, "%s is damaged or missing: its checksum is not the manifest's", SEGMENT_TABLE_NAME);
	if (r == 0)
		r = segment_table_read_bytes(copy->ctx, manifest, TAKE_POINTER(copy->table.data), copy->table.length);
	if (r == 0)
		r = check_segments(copy, manifest);
	if (r == 0)
		r = check_other(copy, INDEX_NAME, manifest->index_stored, manifest->index_sha256);
	for (size_t i = 0; r == 0 && i < manifest->attachment_count; i++) {
		AUTO_FREE char *name = text_format(ATTACHMENTS_NAME "/%s", manifest->attachments[i].name);

		r = name ? check_other(copy, name, manifest->attachments[i].stored, manifest->attachments[i].sha256) : context_oom(copy->ctx);
	}
	for (size_t i = 0; r == 0 && i < copy->count; i++)
		if (!copy->members[i].checked)
			r = context_fail(copy->ctx, EBADMSG, "the stream holds a member that its manifest does not tell of: parts of two sets were put together");
	return r;
}

static int finish(struct pipe_copy *copy, struct convert_result *result)
{
	AUTO_MANIFEST struct manifest *manifest = NULL;
	uint64_t behind;
	int r;

	if (!copy->manifest.length)
		return context_fail(copy->ctx, EBADMSG, "there is no whole recovery set in the stream: it ended before %s. Nothing was stored", MANIFEST_NAME);
	r = manifest_parse(copy->ctx, copy->manifest.data, copy->manifest.length, &manifest);
	if (r == 0)
		r = check_all(copy, manifest);
	if (r == 0)
		r = stream_reader_drain(copy->ctx, copy->reader, &behind);
	if (r < 0)
		return r;
	if (behind)
		context_warn(copy->ctx, "Behind the end of the recovery set in the stream there are %llu bytes that are no part of it: they are not stored",
			     (unsigned long long)behind);
	result->segments = manifest->segment_count;
	for (size_t i = 0; i < manifest->segment_count; i++)
		result->bytes += manifest->segments[i].stored;
	result->set_id = strdup(manifest->set_id);
	return result->set_id ? converted_manifest(copy->ctx, copy->to, copy->manifest.data, copy->manifest.length, true) : context_oom(copy->ctx);
}

int convert_pipe(struct context *ctx, int fd, struct converted *to, struct convert_result *result)
{
	struct pipe_copy copy = { .ctx = ctx, .to = to, .fd = fd, .buffer = malloc(COPIED) };
	const char *name;
	uint64_t size;
	int r;

	copy.reader = stream_reader_new(read_pipe, &copy, "-");
	r = copy.buffer && copy.reader ? 1 : context_oom(ctx);
	while (r == 1) {
		r = stream_reader_next(ctx, copy.reader, &name, &size);
		if (r == 1) {
			r = take(&copy, name, size);
			r = r < 0 ? r : 1;
		}
	}
	if (r == 0)
		r = finish(&copy, result);
	stream_reader_free(copy.reader);
	for (size_t i = 0; i < copy.count; i++)
		free(copy.members[i].name);
	free(copy.members);
	buffer_done(&copy.manifest);
	buffer_done(&copy.table);
	free(copy.buffer);
	return r;
}
