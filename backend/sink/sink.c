/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sink.h"

#include <errno.h>
#include <string.h>

#include "../set/set.h"
#include "directory.h"
#include "sink_type.h"

static const struct {
	const char *scheme;
	const struct sink_type *type;
} types[] = {
	{ LOCATION_PATH, &sink_directory_type },
	{ "s3", &sink_s3_type },
};

static const struct sink_type *find_type(const struct location *location)
{
	for (size_t i = 0; i < ARRAY_LENGTH(types); i++)
		if (location_has_scheme(location, types[i].scheme))
			return types[i].type;
	return NULL;
}

int sink_open(struct context *ctx, const struct location *location, bool clean, struct sink **ret)
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
	sink->type = find_type(location);
	r = sink->type ? sink->type->open(ctx, location, clean, sink) : -EOPNOTSUPP;
	if (r < 0)
		sink_close(sink);
	else
		*ret = sink;
	return r;
}

void sink_close(struct sink *sink)
{
	if (!sink)
		return;
	if (sink->type)
		sink->type->close(sink);
	free(sink->place);
	free(sink);
}

bool sink_is_rest(const struct location *location)
{
	return location_has_scheme(location, LOCATION_PATH) && directory_is_rest(location->path);
}

int sink_directory(const struct sink *sink)
{
	return directory_fd(sink->directory);
}

int sink_begin(struct context *ctx, struct sink *sink, const char *name, struct sink_member **ret)
{
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
	member->fd = -1;
	r = sink->type->begin(ctx, member);
	if (r < 0)
		sink_drop(member);
	else
		*ret = member;
	return r;
}

int sink_write(struct context *ctx, struct sink_member *member, const void *data, size_t length)
{
	return atomic_load(&member->sink->removed) ? -ECANCELED : member->sink->type->write(ctx, member, data, length);
}

int sink_end(struct context *ctx, struct sink_member *member)
{
	int r = atomic_load(&member->sink->removed) ? -ECANCELED : member->sink->type->end(ctx, member);

	sink_drop(member);
	return r;
}

void sink_drop(struct sink_member *member)
{
	if (!member)
		return;
	member->sink->type->drop(member);
	free(member->name);
	free(member);
}

ssize_t sink_read(struct context *ctx, struct sink *sink, const char *name, uint64_t offset, void *buffer, size_t length)
{
	return sink->type->read(ctx, sink, name, offset, buffer, length);
}

int sink_unlink(struct context *ctx, struct sink *sink, const char *name)
{
	return sink->type->unlink(ctx, sink, name);
}

int sink_sync(struct context *ctx, struct sink *sink)
{
	return sink->type->sync(ctx, sink);
}

int sink_publish(struct context *ctx, struct sink *sink, const void *text, size_t length)
{
	return atomic_load(&sink->removed) ? -ECANCELED : sink->type->publish(ctx, sink, text, length);
}

void sink_remove(struct sink *sink)
{
	atomic_store(&sink->removed, true);
	sink->type->remove(sink);
}
