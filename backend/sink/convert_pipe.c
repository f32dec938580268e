/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A stream from a pipe, stored as it comes: what its members are to be is known when all have passed, and the manifest is written then. */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "../core/progress.h"
#include "../set/passed.h"
#include "../set/segment_table.h"
#include "../set/stream_read.h"
#include "../set/stream_table.h"
#include "convert_parts.h"

#define COPIED (1u << 20)
#define LOOK_MS 200          /* who writes the pipe may stand still: a cancel is seen nevertheless */

struct pipe_copy {
	struct context *ctx;
	struct converted *to;
	struct stream_reader *reader;
	int fd;
	struct passed_members passed; /* those that were stored */
	struct buffer beginning, manifest, table; /* bytes of these */
	char *buffer;
};

static ssize_t read_pipe(struct context *ctx, void *data, void *buffer, size_t length)
{
	const struct pipe_copy *copy = data;
	struct pollfd fd = { .fd = copy->fd, .events = POLLIN };
	int r;

	progress_waits(ctx, PROGRESS_READ);
	do {
		ssize_t n;

		r = poll(&fd, 1, LOOK_MS);
		n = r > 0 ? read(copy->fd, buffer, length) : -1;
		if (n >= 0) {
			progress_waits(ctx, PROGRESS_WRITE);
			progress_add(ctx, (uint64_t)n, 0);
			return n;
		}
		if (r != 0 && errno != EINTR && errno != EAGAIN)
			return -errno;
		r = context_check_cancel(ctx);
	} while (r == 0);
	return r;
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

/* The present member, stored under its name and noted in PASSED. */
static int store(struct pipe_copy *copy, const char *name, uint64_t size, struct passed *passed)
{
	AUTO_DIGEST struct digest *digest = digest_new();
	char sha256[DIGEST_HEX];
	ssize_t n;
	int r;

	if (!digest || !passed)
		return context_oom(copy->ctx);
	passed->size = size;
	progress_item(copy->ctx, name);
	r = converted_begin(copy->ctx, copy->to, name, size);
	while (r == 0 && (n = stream_reader_data(copy->ctx, copy->reader, copy->buffer, COPIED)) != 0) {
		if (n < 0)
			return (int)n;
		digest_update(digest, copy->buffer, (size_t)n);
		r = converted_write(copy->ctx, copy->to, copy->buffer, (size_t)n);
	}
	if (r < 0)
		return r;
	digest_finish(digest, sha256);
	digest_parse(sha256, passed->sha256);
	return converted_end(copy->ctx, copy->to);
}

static int take_segment(struct pipe_copy *copy, const char *name, uint32_t number, uint64_t size)
{
	int r = size > SEGMENT_LIMIT ? context_fail(copy->ctx, EBADMSG, "the stream is damaged: %s is too long", name) : passed_is_new(&copy->passed, number);

	if (r == -ENOMEM)
		return context_oom(copy->ctx);
	return r == 1 ? store(copy, name, size, passed_add_segment(&copy->passed, number)) : r;
}

/* The index, or an attachment. */
static int take_other(struct pipe_copy *copy, const char *name, uint64_t size)
{
	if (size > (strcmp(name, INDEX_NAME) ? (uint64_t)ATTACHMENT_LIMIT : (uint64_t)INDEX_LIMIT))
		return context_fail(copy->ctx, EBADMSG, "the stream is damaged: %s is too long", name);
	if (passed_find(&copy->passed, name))
		return 0;
	if (copy->passed.other_count == PASSED_OTHERS_MAX)
		return context_fail(copy->ctx, EBADMSG, "the stream is damaged: it has more attachments than a recovery set can have");
	return store(copy, name, size, passed_add(&copy->passed, name));
}

/* Of two members of one name the first counts. */
static int take(struct pipe_copy *copy, const char *name, uint64_t size)
{
	uint32_t number;
	int r;

	stream_member_name(name, &number);
	if (number < SEGMENTS_LIMIT)
		return take_segment(copy, name, number, size);
	if (!strcmp(name, MANIFEST_NAME))
		return copy->manifest.length ? 0 : keep(copy, name, size, MANIFEST_LIMIT, &copy->manifest);
	if (!strcmp(name, STREAM_BEGIN_NAME))
		return copy->beginning.length ? 0 : keep(copy, name, size, MANIFEST_LIMIT, &copy->beginning);
	if (strcmp(name, SEGMENT_TABLE_NAME) != 0)
		return take_other(copy, name, size);
	if (copy->table.length)
		return 0;
	r = keep(copy, name, size, SEGMENT_TABLE_LIMIT, &copy->table);
	return r == 0 ? converted_member(copy->ctx, copy->to, name, copy->table.data ? copy->table.data : "", copy->table.length) : r;
}

/* What a stream as captured begins with is of the same set. One that is damaged proves nothing. */
static int check_beginning(struct pipe_copy *copy, const struct manifest *manifest)
{
	AUTO_MANIFEST struct manifest *beginning = NULL;
	AUTO_SCOPE struct error_scope scope = context_scope_begin(copy->ctx);
	int r = copy->beginning.length ? manifest_parse_beginning(copy->ctx, copy->beginning.data, copy->beginning.length, &beginning) : 0;

	if (r == -ENOMEM)
		return context_scope_keep(&scope, r);
	if (r == 0 && beginning && strcmp(beginning->set_id, manifest->set_id) != 0)
		return context_scope_keep(&scope, context_fail(copy->ctx, EBADMSG, "the stream begins as the set %s and ends as another one, %s: parts of two "
							       "streams were put together", beginning->set_id, manifest->set_id));
	context_scope_end(&scope);
	if (r < 0)
		context_warn(copy->ctx, "The beginning of the stream is damaged. It proves nothing, and the set is copied without it");
	return 0;
}

/* The table, which tells what the segments are to be; then they and all others. */
static int check_all(struct pipe_copy *copy, struct manifest *manifest)
{
	char sha256[DIGEST_HEX];
	int r = digest_buffer(copy->table.data ? copy->table.data : "", copy->table.length, sha256) < 0 ? context_oom(copy->ctx) :
													       check_beginning(copy, manifest);

	if (r == 0 && (copy->table.length != manifest->table_stored || strcmp(sha256, manifest->table_sha256) != 0))
		r = context_fail(copy->ctx, EBADMSG, "%s is damaged or missing: its checksum is not the manifest's", SEGMENT_TABLE_NAME);
	if (r == 0)
		r = segment_table_read_bytes(copy->ctx, manifest, TAKE_POINTER(copy->table.data), copy->table.length);
	return r == 0 ? passed_check(copy->ctx, &copy->passed, manifest) : r;
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

static void pipe_copy_done(struct pipe_copy *copy)
{
	stream_reader_free(copy->reader);
	passed_done(&copy->passed);
	buffer_done(&copy->beginning);
	buffer_done(&copy->manifest);
	buffer_done(&copy->table);
	free(copy->buffer);
}

int convert_pipe(struct context *ctx, int fd, struct converted *to, struct convert_result *result)
{
	struct pipe_copy copy = { .ctx = ctx, .to = to, .fd = fd, .buffer = malloc(COPIED) };
	const char *name;
	uint64_t size;
	int r;

	copy.reader = stream_reader_new(read_pipe, &copy, "-");
	r = copy.buffer && copy.reader ? 1 : context_oom(ctx);
	/* How much will come is not known. */
	if (r == 1 && ctx->progress && progress_plan(ctx->progress, "convert", N_("Copying the set"), PROGRESS_CHECK, 0, 0) < 0)
		r = context_oom(ctx);
	progress_begin(ctx, "convert", 0, 0);
	while (r == 1) {
		r = stream_reader_next(ctx, copy.reader, &name, &size);
		if (r == 1) {
			r = take(&copy, name, size);
			r = r < 0 ? r : 1;
		}
	}
	if (r == 0)
		r = finish(&copy, result);
	progress_waits(ctx, PROGRESS_NONE);
	if (r == 0)
		progress_end(ctx);
	pipe_copy_done(&copy);
	return r;
}
