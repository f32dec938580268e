/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a set's source is asked for, in a thread of its own: a server that does not answer keeps nobody from stopping. The source lives as long as
 * anybody, such a thread too, holds it.
 */
#include "set_source.h"

#include <errno.h>
#include <string.h>

#include "../core/bytes.h"
#include "../core/patient.h"

#define LOOK_S 30.0          /* a drive that stood still runs by then */

struct request {
	int (*ask)(struct request *request);
	struct set_source *source; /* a hold of its own */
	char *name;              /* of the member, or the place */
	uint64_t limit, offset;
	size_t length;           /* wanted; then those that came */
	void *data;              /* that came */
	struct member_state state;
	struct context ctx;      /* of its own: nothing of who waits is in a request */
	char sha256[DIGEST_HEX];
	int r;
};

struct set_source *source_new(void)
{
	struct set_source *source = calloc(1, sizeof(*source));

	if (!source)
		return NULL;
	source->fd = source->above = -1;
	atomic_init(&source->holders, 1);
	pthread_mutex_init(&source->lock, NULL);
	return source;
}

void source_release(struct set_source *source)
{
	if (!source || atomic_fetch_sub(&source->holders, 1) > 1)
		return;
	source_close(source);
	pthread_mutex_destroy(&source->lock);
	free(source);
}

void source_stop(struct set_source *source)
{
	if (source->type && source->type->stop)
		source->type->stop(source);
}

static void request_free(void *data)
{
	struct request *request = data;

	source_release(request->source);
	context_done(&request->ctx);
	text_wipe(request->name);
	free(request->data);
	free(request);
}

static void carry_out(void *data)
{
	struct request *request = data;

	request->r = request->ask(request);
}

static struct request *request_new(struct set_source *source, const char *name, int (*ask)(struct request *request))
{
	struct request *request = calloc(1, sizeof(*request));

	if (!request)
		return NULL;
	request->name = strdup(name);
	request->ask = ask;
	if (!request->name) {
		free(request);
		return NULL;
	}
	context_init(&request->ctx);
	request->source = source;
	atomic_fetch_add(&source->holders, 1);
	return request;
}

static inline void cleanup_request(struct request **request)
{
	if (*request)
		request_free(*request);
}

/* Seconds for patient_call(). */
static double patience_of(const struct set_source *source, double longest)
{
	double patience = source->type && source->type->patient ? 0 : source->patience;

	return longest > 0 && patience > longest ? longest : patience;
}

/* What it says, and *REQUEST is still there for what it brought; or what patient_call() says, and *REQUEST is not. PATIENCE as there. */
static int ask(struct context *ctx, struct request **request, double patience)
{
	int r = patient_call(ctx, patience, carry_out, request_free, *request);

	if (r < 0 && r != -ENOMEM)
		*request = NULL;
	if (r < 0)
		return r;
	r = (*request)->r;
	return r < 0 && *context_detail(&(*request)->ctx) ? context_fail(ctx, -r, "%s", context_detail(&(*request)->ctx)) : r;
}

static int ask_open(struct request *request)
{
	AUTO_LOCATION struct location *location = NULL;
	int r = location_parse(&request->ctx, request->name, &location);

	return r < 0 ? r : source_open(&request->ctx, location, request->source);
}

static int open_in_place(struct context *ctx, struct set_source *source, const char *place)
{
	AUTO_LOCATION struct location *location = NULL;
	int r = location_parse(ctx, place, &location);

	return r < 0 ? r : source_open(ctx, location, source);
}

int patient_open(struct context *ctx, struct set_source *source, const char *place)
{
	CLEANUP(cleanup_request) struct request *request = NULL;

	if (source->in_place)
		return open_in_place(ctx, source, place);
	request = request_new(source, place, ask_open);
	return request ? ask(ctx, &request, patience_of(source, 0)) : -ENOMEM;
}

static int ask_load(struct request *request)
{
	return source_load(&request->ctx, request->source, request->name, request->limit, &request->data, &request->length);
}

int patient_load(struct context *ctx, struct set_source *source, const char *name, uint64_t limit, void **ret, size_t *ret_length)
{
	CLEANUP(cleanup_request) struct request *request = NULL;
	int r;

	if (source->in_place)
		return source_load(ctx, source, name, limit, ret, ret_length);
	request = request_new(source, name, ask_load);
	if (!request)
		return -ENOMEM;
	request->limit = limit;
	r = ask(ctx, &request, patience_of(source, 0));
	if (r < 0)
		return r;
	*ret_length = request->length;
	*ret = TAKE_POINTER(request->data);
	return 0;
}

static int ask_read(struct request *request)
{
	return source_read(&request->ctx, request->source, request->name, request->offset, request->data, request->length);
}

int patient_read(struct context *ctx, struct set_source *source, const char *name, uint64_t offset, void *buffer, size_t length)
{
	CLEANUP(cleanup_request) struct request *request = NULL;
	int r;

	if (source->in_place)
		return source_read(ctx, source, name, offset, buffer, length);
	request = request_new(source, name, ask_read);
	if (!request || !(request->data = malloc(length + 1)))
		return -ENOMEM;
	request->offset = offset;
	request->length = length;
	r = ask(ctx, &request, patience_of(source, 0));
	if (r > 0)
		memcpy(buffer, request->data, (size_t)r);
	return r;
}

static int ask_look(struct request *request)
{
	return source_look(&request->ctx, request->source, request->name, &request->state);
}

static int ask_touch(struct request *request)
{
	return source_touch(&request->ctx, request->source, request->name, &request->state);
}

static int ask_for_state(struct context *ctx, struct set_source *source, const char *name, int (*how)(struct request *request),
			 struct member_state *ret)
{
	CLEANUP(cleanup_request) struct request *request = NULL;
	int r;

	/* A tape is not moved to be looked at: what is loaded from it is checked each time. */
	if (source->in_place) {
		*ret = (struct member_state){ .size = MEMBER_SIZE_UNKNOWN };
		return 0;
	}
	request = request_new(source, name, how);
	r = request ? ask(ctx, &request, patience_of(source, LOOK_S)) : -ENOMEM;

	if (r == 0)
		*ret = request->state;
	return r;
}

int patient_look(struct context *ctx, struct set_source *source, const char *name, struct member_state *ret)
{
	return ask_for_state(ctx, source, name, ask_look, ret);
}

int patient_touch(struct context *ctx, struct set_source *source, const char *name, struct member_state *ret)
{
	return ask_for_state(ctx, source, name, ask_touch, ret);
}

static int ask_digest(struct request *request)
{
	return source_digest(&request->ctx, request->source, request->name, request->limit, request->sha256);
}

int patient_digest(struct context *ctx, struct set_source *source, const char *name, uint64_t limit, char hex[DIGEST_HEX])
{
	CLEANUP(cleanup_request) struct request *request = request_new(source, name, ask_digest);
	int r = request ? 0 : -ENOMEM;

	if (r < 0)
		return r;
	request->limit = limit;
	r = ask(ctx, &request, patience_of(source, 0));
	if (r == 0)
		memcpy(hex, request->sha256, DIGEST_HEX);
	return r;
}

static int ask_stamp(struct request *request)
{
	return source_stamp(&request->ctx, request->source, request->length, request->sha256);
}

int patient_stamp(struct context *ctx, struct set_source *source, size_t segments, char hex[DIGEST_HEX])
{
	CLEANUP(cleanup_request) struct request *request = request_new(source, "", ask_stamp);
	int r = request ? 0 : -ENOMEM;

	if (r < 0)
		return r;
	request->length = segments;
	/* They may be many. */
	r = ask(ctx, &request, 0);
	if (r == 0)
		memcpy(hex, request->sha256, DIGEST_HEX);
	return r;
}

static int ask_arrive(struct request *request)
{
	uint32_t number = 0;
	int r = source_arrive(&request->ctx, request->source, &number, &request->data, &request->length);

	request->offset = number;
	return r;
}

int patient_arrive(struct context *ctx, struct set_source *source, uint32_t *ret_number, void **ret, size_t *ret_size)
{
	CLEANUP(cleanup_request) struct request *request = request_new(source, "", ask_arrive);
	int r = request ? ask(ctx, &request, 0) : -ENOMEM;

	if (r <= 0)
		return r;
	*ret_number = (uint32_t)request->offset;
	*ret_size = request->length;
	*ret = TAKE_POINTER(request->data);
	return r;
}

static int ask_drain(struct request *request)
{
	int r;

	pthread_mutex_lock(&request->source->lock);
	r = request->source->type->drain(request->source, &request->offset);
	pthread_mutex_unlock(&request->source->lock);
	return r;
}

int patient_drain(struct context *ctx, struct set_source *source, uint64_t *ret_behind)
{
	CLEANUP(cleanup_request) struct request *request = request_new(source, "", ask_drain);
	int r = request ? ask(ctx, &request, 0) : -ENOMEM;

	if (r == 0)
		*ret_behind = request->offset;
	return r;
}
