/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A directory of a server (file_server.h): what is asked of it is asked in a thread of its own, which has all that it uses. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../core/bytes.h"
#include "place.h"

struct item {
	char *name;
	struct place_item told;
};

struct request {
	int (*ask)(struct request *request);
	struct place place;      /* its own: directory and texts */
	char *where;             /* the place as it was named; NULL where it is open */
	char *path;              /* in it */
	bool write, left;
	int fd;                  /* that it brought; -1 */
	struct item *items;
	size_t count;
	struct context ctx;
	int r;
};

static void request_free(void *data)
{
	struct request *request = data;

	for (size_t i = 0; i < request->count; i++)
		free(request->items[i].name);
	free(request->items);
	if (request->fd >= 0)
		close(request->fd);
	if (request->place.fd >= 0)
		close(request->place.fd);
	location_free(request->place.location);
	free(request->place.shown);
	text_wipe(request->where);
	free(request->path);
	context_done(&request->ctx);
	free(request);
}

static void carry_out(void *data)
{
	struct request *request = data;

	request->r = request->ask(request);
}

/* NULL when out of memory, or of descriptors. */
static struct request *request_new(const struct place *place, const char *path, int (*ask)(struct request *request))
{
	struct request *request = calloc(1, sizeof(*request));
	bool good;

	if (!request)
		return NULL;
	context_init(&request->ctx);
	request->ask = ask;
	request->fd = -1;
	request->place.type = &place_directory;
	request->place.shown = strdup(place->shown);
	request->place.fd = place->fd < 0 ? -1 : fcntl(place->fd, F_DUPFD_CLOEXEC, 0);
	request->where = place->fd < 0 ? location_print(place->location) : NULL;
	request->path = strdup(path);
	good = request->place.shown && request->path && (place->fd < 0 ? request->where != NULL : request->place.fd >= 0);
	if (!good) {
		request_free(request);
		return NULL;
	}
	return request;
}

static inline void cleanup_request(struct request **request)
{
	if (*request)
		request_free(*request);
}
#define AUTO_REQUEST CLEANUP(cleanup_request)

/* As in sink_patient.c. */
static int ask(struct context *ctx, struct place *place, struct request **request)
{
	int r;

	if (!*request)
		return context_oom(ctx);
	r = file_server_call(ctx, &place->server, carry_out, request_free, *request);
	if (r == -ENOMEM)
		return context_oom(ctx);
	if (r < 0)
		*request = NULL;
	if (r == -ECANCELED)
		return context_cancelled(ctx);
	if (r < 0)
		return context_fail(ctx, ETIMEDOUT, "The server of %s has not answered for %u seconds: see to it or to the network, then try again",
				    place->shown, (unsigned)file_server_patience(&place->server));
	r = (*request)->r;
	return r < 0 && *context_detail(&(*request)->ctx) ? context_fail(ctx, -r, "%s", context_detail(&(*request)->ctx)) : r;
}

static int ask_open(struct request *request)
{
	int r = location_parse(&request->ctx, request->where, &request->place.location);

	if (r < 0)
		return r;
	request->fd = place_directory_open(&request->ctx, &request->place, request->write);
	return request->fd < 0 ? request->fd : 0;
}

int place_patient_open(struct context *ctx, struct place *place, bool write)
{
	AUTO_REQUEST struct request *request = request_new(place, "", ask_open);
	int r;

	if (request)
		request->write = write;
	r = ask(ctx, place, &request);
	return r < 0 ? r : TAKE_FD(request->fd);
}

static int keep_item(void *data, const struct place_item *item)
{
	struct request *request = data;
	struct item *grown = reallocarray(request->items, request->count + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	request->items = grown;
	grown[request->count] = (struct item){ strdup(item->name), *item };
	return grown[request->count++].name ? 0 : -ENOMEM;
}

static int ask_list(struct request *request)
{
	return place_directory.list(&request->ctx, &request->place, request->path, keep_item, request);
}

static int list(struct context *ctx, struct place *place, const char *folder, int (*each)(void *data, const struct place_item *item), void *data)
{
	AUTO_REQUEST struct request *request = request_new(place, folder, ask_list);
	int r = ask(ctx, place, &request);

	for (size_t i = 0; r == 0 && i < request->count; i++) {
		request->items[i].told.name = request->items[i].name;
		r = each(data, &request->items[i].told);
	}
	return r;
}

static int ask_hold(struct request *request)
{
	return place_directory.hold(&request->ctx, &request->place, request->path, &request->fd);
}

static int hold(struct context *ctx, struct place *place, const char *folder, int *ret_fd)
{
	AUTO_REQUEST struct request *request = request_new(place, folder, ask_hold);
	int r = ask(ctx, place, &request);

	if (r == 0)
		*ret_fd = TAKE_FD(request->fd);
	return r;
}

static int ask_remove(struct request *request)
{
	return place_directory.remove(&request->ctx, &request->place, request->path);
}

static int remove_file(struct context *ctx, struct place *place, const char *path)
{
	AUTO_REQUEST struct request *request = request_new(place, path, ask_remove);

	return ask(ctx, place, &request);
}

static int ask_remove_folder(struct request *request)
{
	return place_directory.remove_folder(&request->ctx, &request->place, request->path, &request->left);
}

static int remove_folder(struct context *ctx, struct place *place, const char *folder, bool *ret_left)
{
	AUTO_REQUEST struct request *request = request_new(place, folder, ask_remove_folder);
	int r = ask(ctx, place, &request);

	if (r == 0)
		*ret_left = request->left;
	return r;
}

const struct place_type place_patient = { .list = list, .hold = hold, .remove = remove_file, .remove_folder = remove_folder };
