/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Requests to S3 servers, in as many attempts as it takes, and the simple ones of them. */
#include "s3.h"

#include <errno.h>
#include <string.h>

#include "../core/clock.h"
#include "remote_parts.h"
#include "s3_xml.h"

#define FIRST_PAUSE_S 0.5
#define LONGEST_PAUSE_S 10.0
#define ATTEMPTS_MIN 3       /* however long each takes */

struct answer {
	struct buffer *buffer;   /* NULL: what comes is dropped */
};

static int take_bytes(void *data, const void *bytes, size_t length)
{
	struct answer *answer = data;

	if (!answer->buffer)
		return 0;
	if (answer->buffer->length + length > S3_XML_LIMIT)
		return -EBADMSG;
	return buffer_append(answer->buffer, bytes, length);
}

static int attempt(struct context *ctx, struct remote *remote, const char *name, const struct request *request, struct buffer *ret, char **ret_tag,
		   bool *ret_again)
{
	struct answer answer = { ret };
	struct transfer transfer = { .remote = remote, .request = request, .name = name, .end = UINT64_MAX, .take = take_bytes, .data = &answer,
				     .head = !strcmp(request->method, "HEAD"), .total = REMOTE_SIZE_UNKNOWN };
	int r;

	if (ret)
		ret->length = 0;
	r = transfer_run(ctx, &transfer, ret_again);
	if (r == 0 && ret_tag)
		*ret_tag = TAKE_POINTER(transfer.tag);
	transfer_done(&transfer);
	if (r == -EBADMSG && transfer.fault)
		r = context_fail(ctx, EBADMSG, "the answer of the server %s is too long for S3", remote->host);
	return r == -ENOMEM ? context_oom(ctx) : r;
}

/* False: it was stopped. */
static bool pause_between(struct context *ctx, const struct remote *remote, double seconds)
{
	double until = clock_now() + seconds;

	while (clock_now() < until && !atomic_load(&remote->stopped) && !context_is_cancelled(ctx))
		clock_pause(0.1);
	return !atomic_load(&remote->stopped) && !context_is_cancelled(ctx);
}

int request_run(struct context *ctx, struct remote *remote, const char *name, const struct request *request, struct buffer *ret, char **ret_tag)
{
	double pause = FIRST_PAUSE_S, since = 0;

	for (unsigned count = 1;; count++) {
		AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
		bool again = false;
		int r = attempt(ctx, remote, name, request, ret, ret_tag, &again);

		if (r == 0)
			return 0;
		if (count == 1)
			since = clock_now();
		if (!again || remote_is_late(remote) || (count >= ATTEMPTS_MIN && clock_now() + pause - since > atomic_load(&remote->patience)))
			return context_scope_keep(&scope, r);
		if (!pause_between(ctx, remote, pause))
			return -ECANCELED;
		pause = pause * 2 < LONGEST_PAUSE_S ? pause * 2 : LONGEST_PAUSE_S;
	}
}

static bool is_same(struct context *ctx, struct remote *remote, const char *name, const void *data, size_t length)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	AUTO_FREE void *found = NULL;
	size_t size = 0;

	return remote_load(ctx, remote, name, length, &found, &size) == 0 && size == length && !memcmp(found, data, length);
}

/* For a server that knows no conditions: somebody may come between the look and the writing. */
static int put_if_missing(struct context *ctx, struct remote *remote, const char *name, const struct request *conditional)
{
	struct request request = *conditional;
	struct remote_file file;
	int r = remote_look(ctx, remote, name, false, &file);

	request.only_new = false;
	if (r == 0)
		return -EEXIST;
	return r == -ENOENT ? request_run(ctx, remote, name, &request, NULL, NULL) : r;
}

int request_run_new(struct context *ctx, struct remote *remote, const char *name, const struct request *request, struct buffer *ret)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	int r = atomic_load(&remote->plain) ? -EOPNOTSUPP : request_run(ctx, remote, name, request, ret, NULL);

	if (r != -EOPNOTSUPP)
		return context_scope_keep(&scope, r);
	atomic_store(&remote->plain, true);
	return r;
}

int s3_put(struct context *ctx, struct remote *remote, const char *name, const void *data, size_t length, const char *sha256, bool only_new)
{
	struct request request = { .method = "PUT", .body = data, .length = length, .sha256 = sha256, .only_new = only_new };
	int r = only_new ? request_run_new(ctx, remote, name, &request, NULL) : request_run(ctx, remote, name, &request, NULL, NULL);

	if (r == -EOPNOTSUPP && only_new)
		r = put_if_missing(ctx, remote, name, &request);
	/* An attempt whose answer was lost may have made it: what only we can have written there is ours. */
	if (r == -EEXIST && length && is_same(ctx, remote, name, data, length))
		return 0;
	if (r == -ENOENT)
		return context_fail(ctx, EPROTO, "the server %s does not take %s", remote->host, name);
	return r;
}

int s3_delete(struct context *ctx, struct remote *remote, const char *name)
{
	struct request request = { .method = "DELETE" };
	int r = request_run(ctx, remote, name, &request, NULL, NULL);

	return r == -ENOENT ? 0 : r;
}
