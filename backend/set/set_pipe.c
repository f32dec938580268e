/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A set that comes through a pipe as a stream: its members pass once, in their order. */
#include "set_source.h"

#include <errno.h>
#include <string.h>

#include "manifest.h"
#include "stream_read.h"
#include "stream_table.h"

struct pipe {
	struct stream_reader *reader;
	int fd;                  /* borrowed */
};

static ssize_t read_pipe(struct context *ctx, void *data, void *buffer, size_t length)
{
	const struct pipe *pipe = data;
	ssize_t n;

	(void)ctx;
	do
		n = read(pipe->fd, buffer, length);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

static int keep_next(struct set_source *source, const char *name, uint64_t size)
{
	forward_forget(source);
	source->next = strdup(name);
	source->next_size = size;
	source->next_at = 0;
	return source->next ? 1 : -ENOMEM;
}

/* A header that is damaged costs the member behind it, which nobody finds then. */
static int pipe_next(struct set_source *source)
{
	struct context ctx;
	const char *name;
	uint64_t size;
	int r;

	context_init(&ctx);
	do {
		context_clear(&ctx);
		r = stream_reader_next(&ctx, source->pipe->reader, &name, &size);
	} while (r == -EBADMSG);
	context_done(&ctx);
	forward_forget(source);
	return r == 1 ? keep_next(source, name, size) : r;
}

static ssize_t pipe_data(struct set_source *source, void *buffer, size_t length)
{
	struct context ctx;
	ssize_t n;

	context_init(&ctx);
	n = stream_reader_data(&ctx, source->pipe->reader, buffer, length);
	context_done(&ctx);
	return n;
}

static int pipe_drain(struct set_source *source, uint64_t *ret_behind)
{
	struct context ctx;
	int r = 0;

	/* Members that nobody wanted. */
	while (r == 0 && (r = pipe_next(source)) == 1)
		r = 0;
	context_init(&ctx);
	if (r == 0)
		r = stream_reader_drain(&ctx, source->pipe->reader, ret_behind);
	context_done(&ctx);
	return r;
}

static void pipe_close(struct set_source *source)
{
	stream_reader_free(source->pipe->reader);
	free(source->pipe);
	forward_forget(source);
}

static const struct source_type pipe_type = {
	.next = pipe_next,
	.data = pipe_data,
	.drain = pipe_drain,
	.close = pipe_close,
};

/* As source_open_stream(), once there is a reader. */
static int begin(struct context *ctx, struct set_source *source)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	const char *name;
	uint64_t size;
	int r = stream_reader_next(ctx, source->pipe->reader, &name, &size);

	context_scope_end(&scope);
	if (r <= 0)
		return r == 0 || r == -EBADMSG ? -EILSEQ : r;
	if (strcmp(name, STREAM_BEGIN_NAME) != 0)
		return strcmp(name, MANIFEST_NAME) ? -ENOENT : keep_next(source, name, size) == 1 ? 0 : -ENOMEM;
	if (source->arrives)
		return source_begin_arriving(ctx, source, source->pipe->reader, pipe_close, name, size);
	return source->passes ? source_pass_stream(ctx, source, source->pipe->reader, "-", name, size) : -ESPIPE;
}

int source_open_stream(struct context *ctx, struct set_source *source, int fd)
{
	int r;

	source->pipe = calloc(1, sizeof(*source->pipe));
	if (!source->pipe)
		return -ENOMEM;
	source->pipe->fd = fd;
	source->pipe->reader = stream_reader_new(read_pipe, source->pipe, "-");
	source->folder = strdup("");
	r = source->pipe->reader && source->folder ? begin(ctx, source) : -ENOMEM;
	if (r == 0 && source->arrives && source->passed)
		return 0;
	if (r < 0 || source->passed)
		pipe_close(source);
	else
		source->type = &pipe_type;
	return r;
}
