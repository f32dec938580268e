/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sink.h"

#include <errno.h>
#include <string.h>

#include "../set/set.h"
#include "directory.h"
#include "sink_type.h"
#include "stream.h"

static const struct {
	const char *scheme;
	const struct sink_type *type;
	bool mounted;            /* by the kernel, of a server */
} types[] = {
	{ LOCATION_PATH, &sink_directory_type },
	{ LOCATION_STREAM, &sink_stream_type },
	{ "tape", &sink_stream_type },
	{ "s3", &sink_s3_type },
	{ "nfs", &sink_mounted_type, true },
	{ "smb", &sink_mounted_type, true },
	{ "ssh", &sink_sftp_type },
	{ "sftp", &sink_sftp_type },
};

/* The type of SINK. */
static int choose_type(struct context *ctx, const struct location *location, struct sink *sink)
{
	bool mounted = false;

	for (size_t i = 0; !sink->type && i < ARRAY_LENGTH(types); i++) {
		if (!location_has_scheme(location, types[i].scheme))
			continue;
		sink->type = types[i].type;
		/* An operator may have mounted a server as well. */
		mounted = types[i].mounted || (sink->type == &sink_directory_type && file_server_has(ctx, location->path));
	}
	if (mounted) {
		sink->inner = sink->type;
		sink->type = &sink_patient_type;
	}
	return sink->type ? 0 : -EOPNOTSUPP;
}

int sink_open(struct context *ctx, const struct location *location, bool clean, double patience, struct sink **ret)
{
	struct sink *sink;
	int r = set_check_output(ctx, location);

	if (r < 0)
		return r;
	sink = calloc(1, sizeof(*sink));
	if (!sink || !(sink->place = location_show(location))) {
		free(sink);
		return context_oom(ctx);
	}
	atomic_init(&sink->holders, 1);
	sink->server.place = sink->place;
	sink->server.patience = patience;
	r = choose_type(ctx, location, sink);
	if (r == 0)
		r = sink->type->open(ctx, location, clean, sink);
	if (r < 0)
		sink_close(sink);
	else
		*ret = sink;
	return r;
}

bool sink_is_rest(const struct location *location)
{
	return location_has_scheme(location, LOCATION_PATH) && directory_is_rest(location->path);
}

int sink_directory(const struct sink *sink)
{
	return directory_fd(sink->directory);
}

int sink_file(const struct sink *sink)
{
	return stream_file(sink);
}

bool sink_begins(const struct sink *sink)
{
	return sink->type->begins;
}

double sink_removal_time(const struct sink *sink)
{
	return sink->type->on_server ? 15.0 : 0.2;
}

/* What errors of the kernel's clients mean: the server did not answer in time, ended the connection, or has lost the file. */
static bool is_away(int r)
{
	static const int errors[] = { EIO, ETIMEDOUT, EHOSTDOWN, EHOSTUNREACH, ENETUNREACH, ENOTCONN, ECONNREFUSED, ECONNRESET, ECONNABORTED, EPIPE,
				      ESTALE, EAGAIN };

	for (size_t i = 0; i < ARRAY_LENGTH(errors); i++)
		if (r == -errors[i])
			return true;
	return false;
}

/* Ends a call that had the context CHILD: several threads write at once, and what one's attempts said is no other's. */
static int end_call(struct context *ctx, const struct sink *sink, struct context *child, int r)
{
	if (r < 0 && *context_detail(child))
		r = context_fail(ctx, -r, "%s", context_detail(child));
	else if (sink->type->on_server && is_away(r))
		r = context_fail(ctx, -r, "the recovery set at %s cannot be written, because its server does not answer, or has lost what was written: %s",
				 sink->place, strerror(-r));
	context_done(child);
	return r;
}

int sink_begin(struct context *ctx, struct sink *sink, const char *name, struct sink_member **ret)
{
	struct context child;
	struct sink_member *member;
	int r;

	if (atomic_load(&sink->removed))
		return -ECANCELED;
	member = calloc(1, sizeof(*member));
	if (!member || !(member->name = strdup(name))) {
		free(member);
		return -ENOMEM;
	}
	member->sink = sink;
	atomic_fetch_add(&sink->holders, 1);
	atomic_init(&member->holders, 1);
	member->fd = -1;
	context_init_child(&child, ctx);
	r = end_call(ctx, sink, &child, sink->type->begin(&child, member));
	if (r < 0)
		sink_drop(member);
	else
		*ret = member;
	return r;
}

int sink_write(struct context *ctx, struct sink_member *member, const void *data, size_t length)
{
	struct context child;

	if (atomic_load(&member->sink->removed))
		return -ECANCELED;
	context_init_child(&child, ctx);
	return end_call(ctx, member->sink, &child, member->sink->type->write(&child, member, data, length));
}

int sink_end(struct context *ctx, struct sink_member *member)
{
	struct sink *sink = member->sink;
	struct context child;
	int r = -ECANCELED;

	if (!atomic_load(&sink->removed)) {
		context_init_child(&child, ctx);
		r = end_call(ctx, sink, &child, sink->type->end(&child, member));
	}
	sink_drop(member);
	return r;
}

ssize_t sink_read(struct context *ctx, struct sink *sink, const char *name, uint64_t offset, void *buffer, size_t length)
{
	struct context child;
	ssize_t n;

	context_init_child(&child, ctx);
	n = sink->type->read(&child, sink, name, offset, buffer, length);
	if (n >= 0)
		context_done(&child);
	return n < 0 ? end_call(ctx, sink, &child, (int)n) : n;
}

int sink_unlink(struct context *ctx, struct sink *sink, const char *name)
{
	struct context child;

	context_init_child(&child, ctx);
	return end_call(ctx, sink, &child, sink->type->unlink(&child, sink, name));
}

int sink_sync(struct context *ctx, struct sink *sink)
{
	struct context child;

	context_init_child(&child, ctx);
	return end_call(ctx, sink, &child, sink->type->sync(&child, sink));
}

int sink_publish(struct context *ctx, struct sink *sink, const void *text, size_t length)
{
	struct context child;

	if (atomic_load(&sink->removed))
		return -ECANCELED;
	context_init_child(&child, ctx);
	return end_call(ctx, sink, &child, sink->type->publish(&child, sink, text, length));
}

void sink_remove(struct sink *sink)
{
	atomic_store(&sink->removed, true);
	sink->type->remove(sink);
}
