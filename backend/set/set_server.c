/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A set that lies on a server, in a folder of an HTTP or HTTPS address. */
#include "set_source.h"

#include <errno.h>
#include <string.h>

#include "../core/bytes.h"
#include "../remote/remote.h"
#include "manifest.h"

#define OPEN_PATIENCE_S 10.0 /* a wrong name is told soon */
#define PATIENCE_S 120.0     /* a server may be started anew, a cable be put back */
#define WINDOW (4u << 20)    /* asked for at once, of a member that is read piece by piece */

/* The stretch of a member that was read last, and what follows it: pieces are small, and each question takes the network's time. */
struct window {
	char *name;
	char *data;
	uint64_t offset;
	size_t length, room;
};

static char *member_path(const struct set_source *source, const char *name)
{
	return text_format("%s%s", source->folder, name);
}

static int server_source_load(struct context *ctx, struct set_source *source, const char *name, uint64_t limit, void **ret, size_t *ret_length)
{
	AUTO_FREE char *path = member_path(source, name);

	return path ? remote_load(ctx, source->remote, path, limit, ret, ret_length) : -ENOMEM;
}

/* A server that gives files whole only sends all up to there each time: it is asked for twice as much. */
static int make_room(const struct set_source *source, struct window *window)
{
	size_t room = !window->room ? WINDOW : remote_gives_ranges(source->remote) ? window->room : window->room * 2;
	char *grown = room == window->room ? window->data : realloc(window->data, room);

	if (!grown)
		return -ENOMEM;
	window->data = grown;
	window->room = room;
	return 0;
}

/* Moves the window to OFFSET of NAME. */
static int fill_window(struct context *ctx, struct set_source *source, const char *name, uint64_t offset)
{
	AUTO_FREE char *path = member_path(source, name);
	struct window *window = source->window;
	ssize_t n;

	if (!path || make_room(source, window) < 0)
		return -ENOMEM;
	window->length = 0;
	free(window->name);
	window->name = strdup(name);
	if (!window->name)
		return -ENOMEM;
	n = remote_read(ctx, source->remote, path, offset, window->data, window->room);
	if (n < 0)
		return (int)n;
	window->offset = offset;
	window->length = (size_t)n;
	return 0;
}

static int read_window(struct context *ctx, struct set_source *source, const char *name, uint64_t offset, char *buffer, size_t length)
{
	const struct window *window = source->window;
	size_t done = 0;

	while (done < length) {
		uint64_t at = offset + done;
		bool inside = window->name && !strcmp(window->name, name) && at >= window->offset && at - window->offset < window->length;
		int r = inside ? 0 : fill_window(ctx, source, name, at);
		size_t start = (size_t)(at - window->offset), n = window->length - start;

		if (r < 0)
			return r;
		if (!window->length)
			break;
		n = n < length - done ? n : length - done;
		memcpy(buffer + done, window->data + start, n);
		done += n;
	}
	return (int)done;
}

static int server_source_read(struct context *ctx, struct set_source *source, const char *name, uint64_t offset, void *buffer, size_t length)
{
	int r;

	pthread_mutex_lock(&source->lock);
	r = read_window(ctx, source, name, offset, buffer, length);
	pthread_mutex_unlock(&source->lock);
	return r;
}

static int server_source_look(struct context *ctx, struct set_source *source, const char *name, bool touch, struct member_state *ret)
{
	AUTO_FREE char *path = member_path(source, name);
	struct remote_file file;
	int r = path ? remote_look(ctx, source->remote, path, touch, &file) : -ENOMEM;

	if (r < 0)
		return r;
	ret->size = file.size == REMOTE_SIZE_UNKNOWN ? MEMBER_SIZE_UNKNOWN : file.size;
	memcpy(ret->version, file.version, DIGEST_HEX);
	ret->changed = (struct timespec){ 0 };
	return 0;
}

static void server_source_stop(struct set_source *source)
{
	remote_stop(source->remote);
}

static void server_source_close(struct set_source *source)
{
	remote_free(source->remote);
	if (source->window) {
		free(source->window->name);
		free(source->window->data);
	}
	free(source->window);
}

static const struct source_type server_type = {
	.load = server_source_load,
	.read = server_source_read,
	.look = server_source_look,
	.stop = server_source_stop,
	.close = server_source_close,
	.readers = 4,
	.patient = true,
};

int source_open_server(struct context *ctx, const struct location *location, struct set_source *source)
{
	static const char *const folders[] = { "", "lifeboat/" };
	int r = remote_new(ctx, location, OPEN_PATIENCE_S, &source->remote);

	if (r < 0)
		return r;
	source->type = &server_type;
	source->window = calloc(1, sizeof(*source->window));
	if (!source->window)
		return -ENOMEM;
	r = -ENOENT;
	for (size_t i = 0; r == -ENOENT && i < ARRAY_LENGTH(folders); i++) {
		AUTO_FREE char *path = text_format("%s" MANIFEST_NAME, folders[i]);
		char first;

		free(source->folder);
		source->folder = strdup(folders[i]);
		/* Read, not looked at: a server that is just being started is waited for. */
		r = path && source->folder ? (int)remote_read(ctx, source->remote, path, 0, &first, 1) : -ENOMEM;
	}
	remote_be_patient(source->remote, PATIENCE_S);
	return r < 0 ? r : 0;
}
