/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is asked of a remote, in as many attempts as its patience allows. */
#include "remote.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "../core/bytes.h"
#include "../core/clock.h"
#include "../core/libcrypto.h"
#include "remote_parts.h"

#define FIRST_PAUSE_S 0.5
#define LONGEST_PAUSE_S 10.0
#define STRIDE 2048         /* bytes; fewer are no sign of life: some servers send one after the other */
#define VERSIONS 3           /* of one file, that may come while it is loaded */

/* ---- the server ---- */

static int copy_part(const char *part, char **ret)
{
	*ret = part ? bytes_unescape(part, NULL) : NULL;
	return part && !*ret ? -errno : 0;
}

/* What a person wrote, with what no address may hold escaped. */
static char *escape_path(const char *path, size_t length)
{
	AUTO_BUFFER struct buffer escaped = { 0 };

	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)path[i];
		char text[sizeof("%00")];
		int n = snprintf(text, sizeof(text), c <= ' ' || c >= 0x7f ? "%%%02X" : "%c", c);

		if (buffer_append(&escaped, text, (size_t)n) < 0)
			return NULL;
	}
	return escaped.data ? TAKE_POINTER(escaped.data) : strdup("");
}

static int fill(struct remote *remote, const struct location *location)
{
	size_t length = strlen(location->path);
	int r = copy_part(location->user, &remote->user);

	if (r == 0)
		r = copy_part(location->password, &remote->password);
	while (length > 0 && location->path[length - 1] == '/')
		length--;
	remote->slash = location->path[length] == '/';
	remote->scheme = strdup(location->scheme);
	remote->path = escape_path(location->path, length);
	remote->query = location->query ? strdup(location->query) : NULL;
	remote->host = text_format("%s%s%s", location->host, location->port ? ":" : "", location->port ? location->port : "");
	if (!remote->scheme || !remote->path || !remote->host || (location->query && !remote->query))
		return -ENOMEM;
	return r;
}

/* What s3_account.h says of LOCATION takes the place of what it says by itself. */
static int fill_s3(struct context *ctx, struct remote *remote, const struct location *location)
{
	const struct s3_account *s3;
	int r = s3_account_read(ctx, location, remote->access.directory, &remote->s3);

	if (r < 0)
		return r;
	s3 = remote->s3;
	remote->scheme = strdup(s3->scheme);
	remote->host = strdup(s3->host);
	remote->path = text_format("%s%s", s3->root, s3->prefix);
	return remote->scheme && remote->host && remote->path ? 0 : context_oom(ctx);
}

int remote_new(struct context *ctx, const struct location *location, double patience, struct remote **ret)
{
	struct remote *remote = calloc(1, sizeof(*remote));
	int r;

	if (!remote)
		return context_oom(ctx);
	libcrypto_begin();
	pthread_mutex_init(&remote->lock, NULL);
	atomic_init(&remote->patience, patience);
	if (location_has_scheme(location, "ssh") || location_has_scheme(location, "sftp")) {
		r = sftp_new(ctx, location, patience, &remote->sftp);
		if (r < 0)
			remote_free(remote);
		else
			*ret = remote;
		return r;
	}
	r = location_has_scheme(location, "s3") ? 0 : fill(remote, location);
	if (r == -EINVAL)
		r = context_fail(ctx, EINVAL, "A user name or a password in the address has a wrong escape: %% is written as %%25");
	else if (r < 0)
		r = context_oom(ctx);
	else
		r = access_read(ctx, &remote->access);
	if (r == 0 && location_has_scheme(location, "s3"))
		r = fill_s3(ctx, remote, location);
	if (r < 0)
		remote_free(remote);
	else
		*ret = remote;
	return r;
}

void remote_free(struct remote *remote)
{
	if (!remote)
		return;
	sftp_free(remote->sftp);
	for (size_t i = 0; i < remote->idle_count; i++)
		curl_easy_cleanup(remote->idle[i]);
	pthread_mutex_destroy(&remote->lock);
	access_done(&remote->access);
	s3_account_free(remote->s3);
	free(remote->scheme);
	free(remote->host);
	free(remote->path);
	text_wipe(remote->query);
	free(remote->user);
	text_wipe(remote->password);
	free(remote);
}

void remote_be_patient(struct remote *remote, double patience)
{
	atomic_store(&remote->patience, patience);
	if (remote->sftp)
		sftp_be_patient(remote->sftp, patience);
}

void remote_hurry(struct remote *remote, double seconds)
{
	atomic_store(&remote->until, clock_now() + seconds);
}

void remote_stop(struct remote *remote)
{
	atomic_store(&remote->stopped, true);
	if (remote->sftp)
		sftp_stop(remote->sftp);
}

bool remote_gives_ranges(const struct remote *remote)
{
	return !atomic_load(&remote->whole_only);
}

/* ---- bytes that come ---- */

/* They are kept in DATA, which has room for as many as ROOM; it grows up to LIMIT where that is more. */
struct body {
	char *data;
	size_t length, room;
	uint64_t limit;
	const uint64_t *total;   /* that the file is said to have; REMOTE_SIZE_UNKNOWN */
	unsigned versions;       /* of the file that were given up */
	double moved;            /* when the last STRIDE of them had come */
	size_t stride;           /* that came since */
};

/* As much as the file is said to have, where that is no more than is allowed; else twice as much. */
static int grow(struct body *body, size_t needed)
{
	uint64_t total = *body->total;
	size_t room = body->room ? body->room * 2 : 1u << 16;
	char *grown;

	if (needed > body->limit)
		return -EFBIG;
	if (total != REMOTE_SIZE_UNKNOWN && total <= body->limit && total > room)
		room = (size_t)total;
	if (room < needed)
		room = needed;
	if (room > body->limit)
		room = (size_t)body->limit;
	grown = realloc(body->data, room + 1);
	if (!grown)
		return -ENOMEM;
	body->data = grown;
	body->room = room;
	return 0;
}

static int take_bytes(void *data, const void *bytes, size_t length)
{
	struct body *body = data;
	int r = length > body->room - body->length ? grow(body, body->length + length) : 0;

	if (r < 0)
		return r;
	memcpy(body->data + body->length, bytes, length);
	body->length += length;
	body->stride += length;
	if (body->stride >= STRIDE) {
		body->moved = clock_now();
		body->stride = 0;
	}
	return 0;
}

/* False: it was stopped. */
static bool pause_between(const struct remote *remote, double seconds)
{
	for (double until = clock_now() + seconds; clock_now() < until && !atomic_load(&remote->stopped);)
		clock_pause(0.1);
	return !atomic_load(&remote->stopped);
}

/* Another version of the file is there: what came of the one before is dropped. 0; -EBUSY with a sentence when that has happened too often. */
static int start_over(struct context *ctx, const struct remote *remote, struct body *body)
{
	body->length = 0;
	if (++body->versions < VERSIONS)
		return 0;
	return context_fail(ctx, EBUSY, "the server %s sends another version of the file at each attempt", remote->host);
}

/* Brings bytes from BEGIN to END of NAME into BODY. */
static int fetch(struct context *ctx, struct remote *remote, const char *name, uint64_t begin, uint64_t end, struct body *body)
{
	char version[DIGEST_HEX] = "";
	double pause = FIRST_PAUSE_S;

	body->moved = clock_now();
	while (begin + body->length < end) {
		AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
		struct transfer transfer = { .remote = remote, .name = name, .begin = begin + body->length, .end = end, .take = take_bytes,
					     .data = body, .expected = version, .total = REMOTE_SIZE_UNKNOWN };
		size_t before = body->length;
		bool again;
		int r;

		body->total = &transfer.total;
		r = transfer_run(ctx, &transfer, &again);
		transfer_done(&transfer);
		if (transfer.changed) {
			*version = '\0';
			r = start_over(ctx, remote, body);
			if (r == 0)
				continue;
			return context_scope_keep(&scope, r);
		}
		if (body->length > before) {
			memcpy(version, transfer.version, DIGEST_HEX);
			pause = FIRST_PAUSE_S;
		}
		if (!again || clock_now() + pause - body->moved > atomic_load(&remote->patience))
			return context_scope_keep(&scope, r);
		if (!pause_between(remote, pause))
			return -ECANCELED;
		pause = pause * 2 < LONGEST_PAUSE_S ? pause * 2 : LONGEST_PAUSE_S;
	}
	return 0;
}

int remote_load(struct context *ctx, struct remote *remote, const char *name, uint64_t limit, void **ret, size_t *ret_length)
{
	struct body body = { .limit = limit };
	int r;

	if (remote->sftp)
		return sftp_load(ctx, remote->sftp, name, limit, ret, ret_length);
	r = fetch(ctx, remote, name, 0, UINT64_MAX, &body);

	if (r == 0 && !body.data && !(body.data = malloc(1)))
		r = context_oom(ctx);
	if (r < 0) {
		free(body.data);
		return r == -ENOMEM ? context_oom(ctx) : r;
	}
	*ret = body.data;
	*ret_length = body.length;
	return 0;
}

ssize_t remote_read(struct context *ctx, struct remote *remote, const char *name, uint64_t offset, void *buffer, size_t length)
{
	struct body body = { .data = buffer, .room = length, .limit = length };
	int r;

	if (remote->sftp)
		return sftp_read(ctx, remote->sftp, name, offset, buffer, length);
	r = fetch(ctx, remote, name, offset, offset + length, &body);

	return r < 0 ? r : (ssize_t)body.length;
}

/* ---- what it says ---- */

static int drop_bytes(void *data, const void *bytes, size_t length)
{
	(void)data;
	(void)bytes;
	(void)length;
	return 0;
}

/* One byte at OFFSET, for what is said with it. */
static int peek(struct context *ctx, struct remote *remote, const char *name, uint64_t offset, struct transfer *transfer)
{
	bool again;
	int r;

	*transfer = (struct transfer){ .remote = remote, .name = name, .begin = offset, .end = offset + 1, .take = drop_bytes,
				       .head = atomic_load(&remote->whole_only), .total = REMOTE_SIZE_UNKNOWN };
	r = transfer_run(ctx, transfer, &again);
	transfer_done(transfer);
	return r;
}

int remote_look(struct context *ctx, struct remote *remote, const char *name, bool touch, struct remote_file *ret)
{
	struct transfer transfer, last;
	int r;

	if (remote->sftp)
		return sftp_look(ctx, remote->sftp, name, touch, ret);
	r = peek(ctx, remote, name, 0, &transfer);
	if (r < 0)
		return r;
	ret->size = transfer.total;
	memcpy(ret->version, transfer.version, DIGEST_HEX);
	/* A file that is given whole only is not read twice for that. */
	if (!touch || ret->size < 2 || ret->size == REMOTE_SIZE_UNKNOWN || atomic_load(&remote->whole_only))
		return 0;
	return peek(ctx, remote, name, ret->size - 1, &last);
}
