/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tape_glance.h"

#include <errno.h>
#include <string.h>

#include "../tape/tape_read.h"
#include "stream_read.h"
#include "stream_table.h"

static ssize_t read_tape(struct context *ctx, void *data, void *buffer, size_t length)
{
	return tape_reader_read(ctx, data, buffer, length);
}

static int read_first(struct context *ctx, struct stream_reader *stream, const char *path, struct manifest **ret)
{
	AUTO_FREE char *text = NULL;
	bool as_captured;
	const char *name;
	uint64_t size;
	size_t done = 0;
	ssize_t n = 0;
	int r = stream_reader_next(ctx, stream, &name, &size);

	if (r < 0)
		return r;
	as_captured = r == 1 && !strcmp(name, STREAM_BEGIN_NAME);
	if (r == 0 || (!as_captured && strcmp(name, MANIFEST_NAME) != 0) || size > MANIFEST_LIMIT)
		return context_fail(ctx, EBADMSG, "there is no recovery set on the tape in %s: it holds something else, or is damaged at its beginning", path);
	text = malloc((size_t)size + 1);
	if (!text)
		return context_oom(ctx);
	while (done < size && (n = stream_reader_data(ctx, stream, text + done, (size_t)size - done)) > 0)
		done += (size_t)n;
	if (n < 0)
		return (int)n;
	return as_captured ? manifest_parse_beginning(ctx, text, done, ret) : manifest_parse(ctx, text, done, ret);
}

int tape_glance(struct context *ctx, const char *path, struct manifest **ret_manifest, char **ret_tape)
{
	struct tape_reader *tapes;
	struct stream_reader *stream;
	int r = tape_reader_glance(ctx, path, &tapes);

	if (r < 0)
		return r;
	stream = stream_reader_new(read_tape, tapes, path);
	*ret_tape = strdup(tape_reader_label(tapes)->name);
	r = stream && *ret_tape ? read_first(ctx, stream, path, ret_manifest) : context_oom(ctx);
	if (r < 0)
		free(TAKE_POINTER(*ret_tape));
	stream_reader_free(stream);
	tape_reader_close(tapes);
	return r;
}
