/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "../core/file.h"
#include "../core/location.h"
#include "../set/set.h"
#include "../set/stream_write.h"
#include "convert_parts.h"
#include "sink.h"
#include "stream_tape.h"

#define SUFFIX ".lifeboat"

struct converted {
	char *place;             /* for people */
	struct sink *sink;       /* NULL: it is a stream */
	struct sink_member *member; /* being written into the sink */
	bool published;
	int fd;                  /* stream: where it goes; -1: */
	struct tape_writer *tape; /* onto tapes */
	char *path, *temporary;  /* stream in a file: its name, and its name until it is whole */
	uint64_t size;           /* stream: of the member that is being written */
};

bool converted_is_stream(const char *to)
{
	AUTO_LOCATION struct location *location = NULL;
	size_t length;

	if (location_parse(NULL, to, &location) < 0)
		return false;
	length = strlen(location->path);
	return location_has_scheme(location, LOCATION_STREAM) || location_has_scheme(location, "tape") || (location_has_scheme(location, LOCATION_PATH) && length > strlen(SUFFIX) &&
	       !strcmp(location->path + length - strlen(SUFFIX), SUFFIX));
}

static int fail(struct context *ctx, const struct converted *to, int r)
{
	if (r == -EPIPE && !to->sink)
		return context_fail(ctx, EPIPE, "The program that takes the recovery set from standard output has ended or has closed its end. What it got is no recovery set");
	return context_fail(ctx, -r, "the recovery set cannot be written to %s: %s", to->place, strerror(-r));
}

static int open_file(struct context *ctx, const char *path, struct converted *to)
{
	struct stat st;
	int r;

	if (lstat(path, &st) == 0)
		return context_fail(ctx, EEXIST, "%s is there already, and nothing is written over it: name a new file", path);
	to->path = strdup(path);
	r = to->path ? file_replace_begin(AT_FDCWD, path, 0600, &to->temporary, &to->fd) : -ENOMEM;
	return r < 0 ? fail(ctx, to, r) : 0;
}

static int open_output(struct context *ctx, struct converted *to)
{
	to->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	/* Whatever is printed from here on is no part of the set. */
	return to->fd < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0 ? fail(ctx, to, -errno) : 0;
}

static int open_target(struct context *ctx, const char *text, struct converted *to)
{
	AUTO_LOCATION struct location *location = NULL;
	int r = location_parse(ctx, text, &location);

	if (r < 0)
		return r;
	to->place = location_show(location);
	if (!to->place)
		return context_oom(ctx);
	r = set_check_output(ctx, location);
	if (r < 0)
		return r;
	if (!converted_is_stream(text))
		return sink_open(ctx, location, false, 0, &to->sink);
	if (location_has_scheme(location, "tape"))
		return stream_tape_open(ctx, location, &to->tape);
	if (!location_has_scheme(location, LOCATION_STREAM))
		return open_file(ctx, location->path, to);
	return open_output(ctx, to);
}

int converted_open(struct context *ctx, const char *to, struct converted **ret)
{
	struct converted *converted = calloc(1, sizeof(*converted));
	int r;

	if (!converted)
		return context_oom(ctx);
	converted->fd = -1;
	r = open_target(ctx, to, converted);
	if (r < 0)
		return converted_close(ctx, converted, r);
	*ret = converted;
	return 0;
}

/* What the sink says has a sentence, or an errno that says it all. */
static int check(struct context *ctx, const struct converted *to, int r)
{
	return r < 0 && !*context_detail(ctx) ? fail(ctx, to, r) : r;
}

static int put(struct context *ctx, struct converted *to, const void *data, size_t length)
{
	int r = to->tape ? 0 : write_all(to->fd, data, length);

	if (to->tape)
		return tape_writer_put(ctx, to->tape, data, length);
	return r < 0 ? fail(ctx, to, r) : 0;
}

static int put_end(struct context *ctx, struct converted *to)
{
	int r = put(ctx, to, stream_zeros, STREAM_END);

	return r == 0 && to->tape ? stream_tape_finish(ctx, to->tape) : r;
}

int converted_begin(struct context *ctx, struct converted *to, const char *name, uint64_t size)
{
	char headers[STREAM_HEADERS_MAX];
	size_t length;
	int r;

	if (to->sink)
		return check(ctx, to, sink_begin(ctx, to->sink, name, &to->member));
	to->size = size;
	r = stream_header_make(name, size, time(NULL), headers, &length);
	return r < 0 ? fail(ctx, to, r) : put(ctx, to, headers, length);
}

int converted_write(struct context *ctx, struct converted *to, const void *data, size_t length)
{
	return to->sink ? check(ctx, to, sink_write(ctx, to->member, data, length)) : put(ctx, to, data, length);
}

int converted_end(struct context *ctx, struct converted *to)
{
	return to->sink ? check(ctx, to, sink_end(ctx, TAKE_POINTER(to->member))) : put(ctx, to, stream_zeros, stream_padding(to->size));
}

int converted_member(struct context *ctx, struct converted *to, const char *name, const void *data, size_t length)
{
	int r = converted_begin(ctx, to, name, length);

	if (r == 0)
		r = converted_write(ctx, to, data, length);
	return r == 0 ? converted_end(ctx, to) : r;
}

static int publish(struct context *ctx, struct converted *to, const void *text, size_t length)
{
	int r = check(ctx, to, sink_sync(ctx, to->sink));

	if (r == 0)
		r = check(ctx, to, sink_publish(ctx, to->sink, text, length));
	to->published = r == 0;
	return r;
}

int converted_manifest(struct context *ctx, struct converted *to, const void *text, size_t length, bool last)
{
	if (to->sink)
		return last ? publish(ctx, to, text, length) : 0;
	/* Then it is whole when the last member and the end are there. */
	return last ? put_end(ctx, to) : converted_member(ctx, to, MANIFEST_NAME, text, length);
}

int converted_close(struct context *ctx, struct converted *to, int r)
{
	if (!to)
		return r;
	sink_drop(to->member);
	if (to->sink && r < 0 && !to->published)
		sink_remove(to->sink);
	sink_close(to->sink);
	tape_writer_close(to->tape);
	if (to->temporary) {
		int replaced = file_replace_end(AT_FDCWD, to->path, 0600, to->temporary, to->fd, r);

		r = r == 0 && replaced < 0 ? fail(ctx, to, replaced) : r;
	} else if (to->fd >= 0) {
		struct stat st;

		if (r == 0 && fstat(to->fd, &st) == 0 && S_ISREG(st.st_mode) && fsync(to->fd) < 0)
			r = fail(ctx, to, -errno);
		close(to->fd);
	}
	free(to->path);
	free(to->place);
	free(to);
	return r;
}
