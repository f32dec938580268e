/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A set written as a stream to standard output or onto tapes, as it is captured: a member goes out when it is complete, because its header tells
 * its length. Until then it is held, in memory or, where it is long, in a file without a name; so are the rows of the index, which are known when all
 * else has passed.
 */
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "../core/file.h"
#include "../set/set.h"
#include "../set/stream_write.h"
#include "../set/stream_table.h"
#include "names.h"
#include "stream_tape.h"

#define HELD_IN_MEMORY (32u << 20) /* bytes of a member */
#define COPIED (1u << 20)

struct held {
	struct held *next;
	char *name;
	struct buffer memory;
	int fd;                  /* takes the place of the memory; -1 */
	uint64_t length;
};

struct stream {
	pthread_mutex_t lock;    /* guards what follows */
	int fd;                  /* -1: it goes onto tapes */
	struct tape_writer *tape;
	int64_t now;
	int error;               /* of writing: nothing more can follow */
	bool begun;              /* the beginning is out: other members may follow */
	struct held *waiting;    /* for that, in their order; */
	struct held *kept;       /* and those that are read back */
};

static struct stream *stream_of(const struct sink *sink)
{
	return sink->state;
}

static void held_free(struct held *held)
{
	if (!held)
		return;
	if (held->fd >= 0)
		close(held->fd);
	buffer_done(&held->memory);
	free(held->name);
	free(held);
}

static void held_free_all(struct held *held)
{
	while (held) {
		struct held *next = held->next;

		held_free(held);
		held = next;
	}
}

/* ---- what goes out, with the lock held ---- */

static int put(struct context *ctx, struct stream *stream, const void *data, size_t length)
{
	if (stream->tape)
		return tape_writer_put(ctx, stream->tape, data, length);
	if (stream->error == 0)
		stream->error = write_all(stream->fd, data, length);
	if (stream->error == -EPIPE)
		return context_fail(ctx, EPIPE, "The program that takes the recovery set from standard output has ended or has closed its end. What it got is no "
				    "recovery set");
	if (stream->error == -ENOSPC)
		return context_fail(ctx, ENOSPC, "The file that standard output leads to cannot take the recovery set: no space is left on its filesystem. What it got is "
				    "no recovery set");
	return stream->error < 0 ? context_fail(ctx, -stream->error, "the recovery set cannot be written to standard output: %s", strerror(-stream->error)) : 0;
}

static int put_file(struct context *ctx, struct stream *stream, const struct held *held)
{
	AUTO_FREE char *buffer = malloc(COPIED);
	int r = buffer ? 0 : -ENOMEM;

	for (uint64_t done = 0; r == 0 && done < held->length;) {
		ssize_t n = read_full_at(held->fd, buffer, COPIED, (off_t)done);

		r = n <= 0 ? (n < 0 ? (int)n : -EIO) : put(ctx, stream, buffer, (size_t)n);
		done += n > 0 ? (uint64_t)n : 0;
	}
	return r;
}

static int put_member(struct context *ctx, struct stream *stream, const struct held *held)
{
	char headers[STREAM_HEADERS_MAX];
	size_t length;
	int r = stream_header_make(held->name, held->length, stream->now, headers, &length);

	if (r == 0)
		r = put(ctx, stream, headers, length);
	if (r == 0)
		r = held->fd >= 0 ? put_file(ctx, stream, held) : put(ctx, stream, held->memory.data, held->memory.length);
	return r == 0 ? put(ctx, stream, stream_zeros, stream_padding(held->length)) : r;
}

/* Behind the beginning go the members that were there before it. */
static int put_waiting(struct context *ctx, struct stream *stream)
{
	int r = 0;

	stream->begun = true;
	for (const struct held *held = stream->waiting; held && r == 0; held = held->next)
		r = put_member(ctx, stream, held);
	held_free_all(TAKE_POINTER(stream->waiting));
	return r;
}

static void append(struct held **list, struct held *held)
{
	while (*list)
		list = &(*list)->next;
	*list = held;
}

/* ---- members ---- */

static int stream_begin(struct context *ctx, struct sink_member *member)
{
	struct held *held = calloc(1, sizeof(*held));

	(void)ctx;
	if (!held)
		return -ENOMEM;
	held->fd = -1;
	held->name = strdup(member->name);
	member->state = held;
	return held->name ? 0 : -ENOMEM;
}

static int stream_write(struct context *ctx, struct sink_member *member, const void *data, size_t length)
{
	struct held *held = member->state;
	int r = 0;

	(void)ctx;
	if (held->fd < 0 && held->length + length > HELD_IN_MEMORY) {
		held->fd = file_open_unnamed();
		r = held->fd < 0 ? held->fd : write_all(held->fd, held->memory.data ? held->memory.data : "", held->memory.length);
		buffer_done(&held->memory);
		held->memory = (struct buffer){ 0 };
	}
	if (r == 0)
		r = held->fd >= 0 ? write_all(held->fd, data, length) : buffer_append(&held->memory, data, length);
	held->length += length;
	return r;
}

static int stream_end(struct context *ctx, struct sink_member *member)
{
	struct stream *stream = stream_of(member->sink);
	struct held *held = member->state;
	int r = 0;

	pthread_mutex_lock(&stream->lock);
	if (name_is_kept(member->name)) {
		append(&stream->kept, held);
		member->state = NULL;
	} else if (!stream->begun && strcmp(member->name, STREAM_BEGIN_NAME) != 0) {
		append(&stream->waiting, held);
		member->state = NULL;
	} else {
		r = put_member(ctx, stream, held);
		if (r == 0 && !stream->begun)
			r = put_waiting(ctx, stream);
	}
	pthread_mutex_unlock(&stream->lock);
	return r;
}

static void stream_drop(struct sink_member *member)
{
	held_free(member->state);
	member->state = NULL;
}

static ssize_t stream_read(struct context *ctx, struct sink *sink, const char *name, uint64_t offset, void *buffer, size_t length)
{
	struct stream *stream = stream_of(sink);
	const struct held *held;

	(void)ctx;
	pthread_mutex_lock(&stream->lock);
	for (held = stream->kept; held && strcmp(held->name, name) != 0; held = held->next)
		;
	pthread_mutex_unlock(&stream->lock);
	if (!held)
		return -ENOENT;
	if (held->fd >= 0)
		return read_full_at(held->fd, buffer, length, (off_t)offset);
	if (offset >= held->memory.length)
		return 0;
	if (length > held->memory.length - offset)
		length = held->memory.length - (size_t)offset;
	memcpy(buffer, held->memory.data + offset, length);
	return (ssize_t)length;
}

static int stream_unlink(struct context *ctx, struct sink *sink, const char *name)
{
	struct stream *stream = stream_of(sink);
	struct held *held = NULL;

	(void)ctx;
	pthread_mutex_lock(&stream->lock);
	for (struct held **at = &stream->kept; *at; at = &(*at)->next) {
		if (strcmp((*at)->name, name) != 0)
			continue;
		held = *at;
		*at = held->next;
		break;
	}
	pthread_mutex_unlock(&stream->lock);
	held_free(held);
	return held ? 0 : -ENOENT;
}

static int stream_sync(struct context *ctx, struct sink *sink)
{
	(void)ctx;
	(void)sink;
	return 0;
}

static int stream_publish(struct context *ctx, struct sink *sink, const void *text, size_t length)
{
	struct stream *stream = stream_of(sink);
	struct held manifest = { .name = (char *)MANIFEST_NAME, .memory = { .data = (char *)text, .length = length }, .fd = -1, .length = length };
	struct stat st;
	int r;

	pthread_mutex_lock(&stream->lock);
	r = put_member(ctx, stream, &manifest);
	if (r == 0)
		r = put(ctx, stream, stream_zeros, STREAM_END);
	if (r == 0 && stream->tape)
		r = stream_tape_finish(ctx, stream->tape);
	/* Of what a pipe leads to nothing is known here. */
	if (r == 0 && fstat(stream->fd, &st) == 0 && S_ISREG(st.st_mode) && fsync(stream->fd) < 0)
		r = -errno;
	pthread_mutex_unlock(&stream->lock);
	return r;
}

/* Without the manifest it is no set; what is out cannot be taken back. */
static void stream_remove(struct sink *sink)
{
	(void)sink;
}

static void stream_close(struct sink *sink)
{
	struct stream *stream = stream_of(sink);

	if (!stream)
		return;
	held_free_all(stream->waiting);
	held_free_all(stream->kept);
	if (stream->fd >= 0)
		close(stream->fd);
	tape_writer_close(stream->tape);
	pthread_mutex_destroy(&stream->lock);
	free(stream);
}

static int stream_open(struct context *ctx, const struct location *location, bool clean, struct sink *sink)
{
	struct stream *stream = calloc(1, sizeof(*stream));

	(void)clean;
	if (!stream)
		return context_oom(ctx);
	sink->state = stream;
	pthread_mutex_init(&stream->lock, NULL);
	stream->now = time(NULL);
	stream->fd = -1;
	if (location_has_scheme(location, "tape"))
		return stream_tape_open(ctx, location, &stream->tape);
	stream->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	/* Whatever is printed from here on is no part of the set. */
	if (stream->fd < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		return context_fail(ctx, errno, "the recovery set cannot be written to standard output: %s", strerror(errno));
	return 0;
}

int stream_file(const struct sink *sink)
{
	const struct stream *stream = sink->type == &sink_stream_type ? stream_of(sink) : NULL;
	int fd = !stream ? -1 : stream->tape ? tape_writer_fd(stream->tape) : stream->fd;
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? fd : -1;
}

const struct sink_type sink_stream_type = {
	.begins = true,
	.open = stream_open,
	.begin = stream_begin,
	.write = stream_write,
	.end = stream_end,
	.drop = stream_drop,
	.read = stream_read,
	.unlink = stream_unlink,
	.sync = stream_sync,
	.publish = stream_publish,
	.remove = stream_remove,
	.close = stream_close,
};
