/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A place whose calls may never return (file_server.h): each is carried out for the type beneath in a thread of its own. What such a thread may still
 * use when nobody waits for it any more is its own, or held by it.
 */
#include <errno.h>
#include <string.h>

#include "../core/bytes.h"
#include "sink_type.h"

#define REMOVE_S 15.0
#define CLOSE_S 3.0
#define GONE_S 0.2           /* of a server that nobody waits for any more */

struct request {
	ssize_t (*ask)(struct request *request);
	struct sink *sink;       /* held; NULL: OWN */
	struct sink_member *member; /* held; NULL */
	char *name;              /* of a member, or the place */
	void *data;
	size_t length;
	uint64_t offset;
	bool clean;
	struct context ctx;      /* of its own: nothing of who waits is in a request */
	json_t *said;            /* by it, for who waits */
	struct sink own;         /* that is being closed: no other has it */
	struct sink_member own_member;
	ssize_t r;
};

static void keep_event(void *data, json_t *event)
{
	struct request *request = data;

	json_array_append(request->said, event);
}

static void request_free(void *data)
{
	struct request *request = data;

	if (request->member)
		sink_drop(request->member);
	if (request->sink)
		sink_close(request->sink);
	context_done(&request->ctx);
	json_decref(request->said);
	text_wipe(request->name);
	free(request->data);
	free(request);
}

static void carry_out(void *data)
{
	struct request *request = data;

	request->r = request->ask(request);
}

/* NULL when out of memory. */
static struct request *request_new(struct sink *sink, struct sink_member *member, const char *name, ssize_t (*ask)(struct request *request))
{
	struct request *request = calloc(1, sizeof(*request));

	if (!request)
		return NULL;
	request->ask = ask;
	request->said = json_array();
	request->name = name ? strdup(name) : NULL;
	context_init(&request->ctx);
	request->ctx.listener = keep_event;
	request->ctx.listener_data = request;
	if (!request->said || (name && !request->name)) {
		request_free(request);
		return NULL;
	}
	request->sink = sink;
	request->member = member;
	if (sink)
		atomic_fetch_add(&sink->holders, 1);
	if (member)
		atomic_fetch_add(&member->holders, 1);
	return request;
}

static inline void cleanup_request(struct request **request)
{
	if (*request)
		request_free(*request);
}
#define AUTO_REQUEST CLEANUP(cleanup_request)

static void pass_on(struct context *ctx, struct request *request)
{
	size_t i;
	json_t *event;

	json_array_foreach(request->said, i, event)
		context_emit(ctx, json_incref(event));
	json_array_clear(request->said);
}

/* What it says, with its sentence in CTX, and *REQUEST is still there for what it brought; or why nobody waited for it, and *REQUEST is not. */
static ssize_t ask(struct context *ctx, struct sink *sink, struct request **request)
{
	int r;

	if (!*request)
		return -ENOMEM;
	r = file_server_call(ctx, &sink->server, carry_out, request_free, *request);
	if (r < 0 && r != -ENOMEM)
		*request = NULL;
	if (r == -ECANCELED)
		return context_cancelled(ctx);
	if (r == -ETIMEDOUT)
		return context_fail(ctx, ETIMEDOUT, "The recovery set at %s cannot be written: its server has not answered for %u seconds. See to the server "
				    "or the network, then capture again, with --clean where this capture left files", sink->place,
				    (unsigned)file_server_patience(&sink->server));
	if (r < 0)
		return r;
	pass_on(ctx, *request);
	if ((*request)->r < 0 && *context_detail(&(*request)->ctx))
		return context_fail(ctx, (int)-(*request)->r, "%s", context_detail(&(*request)->ctx));
	return (*request)->r;
}

/* ---- the place ---- */

static ssize_t ask_open(struct request *request)
{
	AUTO_LOCATION struct location *location = NULL;
	int r = location_parse(&request->ctx, request->name, &location);

	return r < 0 ? r : request->sink->inner->open(&request->ctx, location, request->clean, request->sink);
}

static int patient_open(struct context *ctx, const struct location *location, bool clean, struct sink *sink)
{
	AUTO_FREE char *place = location_print(location);
	AUTO_REQUEST struct request *request = place ? request_new(sink, NULL, place, ask_open) : NULL;

	text_wipe(TAKE_POINTER(place));
	if (!request)
		return context_oom(ctx);
	request->clean = clean;
	return (int)ask(ctx, sink, &request);
}

static ssize_t ask_close(struct request *request)
{
	request->own.inner->close(&request->own);
	return 0;
}

/* The last that has a hold of it. */
static void patient_close(struct sink *sink)
{
	struct request *request = request_new(NULL, NULL, NULL, ask_close);

	if (!request)
		return;
	request->own.inner = sink->inner;
	request->own.directory = TAKE_POINTER(sink->directory);
	request->own.state = TAKE_POINTER(sink->state);
	file_server_try(atomic_load(&sink->server.gone) ? GONE_S : CLOSE_S, carry_out, request_free, request);
}

static ssize_t ask_remove(struct request *request)
{
	request->sink->inner->remove(request->sink);
	return 0;
}

static void patient_remove(struct sink *sink)
{
	struct request *request = request_new(sink, NULL, NULL, ask_remove);

	if (request)
		file_server_try(atomic_load(&sink->server.gone) ? CLOSE_S : REMOVE_S, carry_out, request_free, request);
}

/* ---- members ---- */

static ssize_t ask_begin(struct request *request)
{
	return request->sink->inner->begin(&request->ctx, request->member);
}

static int patient_begin(struct context *ctx, struct sink_member *member)
{
	AUTO_REQUEST struct request *request = request_new(member->sink, member, NULL, ask_begin);

	return (int)ask(ctx, member->sink, &request);
}

static ssize_t ask_write(struct request *request)
{
	return request->sink->inner->write(&request->ctx, request->member, request->data, request->length);
}

static int patient_write(struct context *ctx, struct sink_member *member, const void *data, size_t length)
{
	AUTO_REQUEST struct request *request = request_new(member->sink, member, NULL, ask_write);

	if (!request || !(request->data = malloc(length + 1)))
		return -ENOMEM;
	memcpy(request->data, data, length);
	request->length = length;
	return (int)ask(ctx, member->sink, &request);
}

static ssize_t ask_end(struct request *request)
{
	return request->sink->inner->end(&request->ctx, request->member);
}

static int patient_end(struct context *ctx, struct sink_member *member)
{
	AUTO_REQUEST struct request *request = request_new(member->sink, member, NULL, ask_end);

	return (int)ask(ctx, member->sink, &request);
}

static ssize_t ask_drop(struct request *request)
{
	request->own.inner->drop(&request->own_member);
	return 0;
}

/* The last that has a hold of it. */
static void patient_drop(struct sink_member *member)
{
	struct request *request;

	if (member->fd < 0 && !member->state)
		return;
	request = request_new(NULL, NULL, NULL, ask_drop);
	if (!request)
		return;
	request->own.inner = member->sink->inner;
	request->own_member.fd = TAKE_FD(member->fd);
	request->own_member.state = TAKE_POINTER(member->state);
	file_server_try(atomic_load(&member->sink->server.gone) ? GONE_S : CLOSE_S, carry_out, request_free, request);
}

static ssize_t ask_read(struct request *request)
{
	return request->sink->inner->read(&request->ctx, request->sink, request->name, request->offset, request->data, request->length);
}

static ssize_t patient_read(struct context *ctx, struct sink *sink, const char *name, uint64_t offset, void *buffer, size_t length)
{
	AUTO_REQUEST struct request *request = request_new(sink, NULL, name, ask_read);
	ssize_t n;

	if (!request || !(request->data = malloc(length + 1)))
		return -ENOMEM;
	request->offset = offset;
	request->length = length;
	n = ask(ctx, sink, &request);
	if (n > 0)
		memcpy(buffer, request->data, (size_t)n);
	return n;
}

static ssize_t ask_unlink(struct request *request)
{
	return request->sink->inner->unlink(&request->ctx, request->sink, request->name);
}

static int patient_unlink(struct context *ctx, struct sink *sink, const char *name)
{
	AUTO_REQUEST struct request *request = request_new(sink, NULL, name, ask_unlink);

	return (int)ask(ctx, sink, &request);
}

/* ---- the end ---- */

static ssize_t ask_sync(struct request *request)
{
	return request->sink->inner->sync(&request->ctx, request->sink);
}

static int patient_sync(struct context *ctx, struct sink *sink)
{
	AUTO_REQUEST struct request *request = request_new(sink, NULL, NULL, ask_sync);

	return (int)ask(ctx, sink, &request);
}

static ssize_t ask_publish(struct request *request)
{
	/* Nobody waits for a set any more. */
	if (atomic_load(&request->sink->removed))
		return -ECANCELED;
	return request->sink->inner->publish(&request->ctx, request->sink, request->data, request->length);
}

static int patient_publish(struct context *ctx, struct sink *sink, const void *text, size_t length)
{
	AUTO_REQUEST struct request *request = request_new(sink, NULL, NULL, ask_publish);
	int r;

	if (!request || !(request->data = malloc(length + 1)))
		return -ENOMEM;
	memcpy(request->data, text, length);
	request->length = length;
	r = (int)ask(ctx, sink, &request);
	if (request || r != -ETIMEDOUT)
		return r;
	return context_reword(ctx, ETIMEDOUT, "The server of %s has not answered for %u seconds while the manifest of the recovery set was written there: "
			      "once it answers, 'lifeboat verify' says whether the set is whole", sink->place,
			      (unsigned)file_server_patience(&sink->server));
}

const struct sink_type sink_patient_type = {
	.on_server = true,
	.open = patient_open,
	.begin = patient_begin,
	.write = patient_write,
	.end = patient_end,
	.drop = patient_drop,
	.read = patient_read,
	.unlink = patient_unlink,
	.sync = patient_sync,
	.publish = patient_publish,
	.remove = patient_remove,
	.close = patient_close,
};
