/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading: many stretches of a file are asked for at once, and taken in their order. */
#include "sftp.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "../core/bytes.h"
#include "../core/clock.h"
#include "sftp_calls.h"
#include "sftp_paths.h"

#define IN_FLIGHT 16         /* stretches of a file that are asked for at a time */
#define VERSIONS 3           /* of one file, that may come while it is loaded */

struct reading {
	uint64_t begin, end;     /* wanted; END is past the last, UINT64_MAX: all there are */
	uint64_t limit;          /* of a whole file */
	char *data;              /* the caller's, or new where all is wanted */
	size_t length;           /* that came */
	char version[DIGEST_HEX]; /* of the file they came of; "": none did */
	unsigned versions;       /* that were given up */
};

/* What cannot be told from another file of the same length written in the same second: digests find that. */
static int version_of(const struct wire_attributes *attributes, char version[DIGEST_HEX])
{
	AUTO_FREE char *text = text_format("%" PRIu64 " %" PRIu32, attributes->size, attributes->modified);

	return text ? digest_buffer(text, strlen(text), version) : -ENOMEM;
}

/* ---- stretches ---- */

struct stretch {
	struct sftp_request request;
	size_t length;
};

static int ask_for(struct sftp_connection *connection, const struct sftp_handle *handle, uint64_t offset, size_t length, struct stretch *stretch)
{
	AUTO_BUFFER struct buffer head = { 0 };
	int r = wire_add_string(&head, handle->bytes, handle->length);

	if (r == 0)
		r = wire_add_long(&head, offset);
	if (r == 0)
		r = wire_add_number(&head, (uint32_t)length);
	stretch->length = length;
	return r < 0 ? r : connection_ask(connection, &stretch->request, SFTP_READ, &head, NULL, 0);
}

/* Bytes of an answer, into DATA; -ENODATA: the end of the file. */
static ssize_t take(struct sftp_connection *connection, struct stretch *stretch, char *data)
{
	ssize_t n = connection_await(connection, &stretch->request);
	struct wire wire;
	const void *bytes;
	size_t length;

	if (n < 0)
		return n;
	wire = (struct wire){ .at = (unsigned char *)stretch->request.body, .left = stretch->request.length };
	if (stretch->request.kind == SFTP_DATA) {
		bytes = wire_string(&wire, &length);
		n = bytes && length > 0 && length <= stretch->length ? (ssize_t)length : -EPROTO;
		if (n > 0)
			memcpy(data, bytes, length);
	} else {
		n = sftp_status(&stretch->request);
		n = n == 0 ? -EPROTO : n;
	}
	request_done(&stretch->request);
	return n;
}

/* Those of WANTED bytes from OFFSET on, into DATA; *RET_DONE of them came, from the first on, in any case. 0; the end of the file ends it, too. */
static int read_stretches(struct sftp_work *work, struct sftp_connection *connection, const struct sftp_handle *handle, uint64_t offset, char *data,
			  size_t wanted, size_t *ret_done)
{
	struct stretch stretches[IN_FLIGHT];
	size_t first = 0, count = 0, asked = 0, done = 0, size = connection_read_size(connection);
	bool ended = false;
	int r = 0;

	while (r == 0 && !ended && done < wanted) {
		ssize_t n;

		while (r == 0 && count < IN_FLIGHT && asked < wanted) {
			size_t length = wanted - asked < size ? wanted - asked : size;

			r = ask_for(connection, handle, offset + asked, length, &stretches[(first + count) % IN_FLIGHT]);
			asked += r == 0 ? length : 0;
			count += r == 0;
		}
		if (r < 0)
			break;
		n = take(connection, &stretches[first], data + done);
		/* A short one: what was asked for after it does not follow it. */
		if (n > 0 && (size_t)n < stretches[first].length)
			asked = done + (size_t)n;
		first = (first + 1) % IN_FLIGHT;
		count--;
		done += n > 0 ? (size_t)n : 0;
		ended = n == -ENODATA;
		r = n < 0 && !ended ? (int)n : 0;
		if (n > 0)
			work->moved = clock_now();
		for (; (r < 0 || ended || asked == done) && count > 0; first = (first + 1) % IN_FLIGHT, count--) {
			if (connection_await(connection, &stretches[first].request) < 0 && r == 0)
				r = SFTP_BROKEN;
			request_done(&stretches[first].request);
		}
	}
	for (; count > 0; first = (first + 1) % IN_FLIGHT, count--) {
		(void)!connection_await(connection, &stretches[first].request);
		request_done(&stretches[first].request);
	}
	*ret_done = done;
	return r;
}

/* ---- files ---- */

/* Room for all of a file of SIZE bytes. */
static int make_room(struct reading *reading, uint64_t size)
{
	if (size > reading->limit)
		return -EFBIG;
	if (!reading->data)
		reading->data = malloc((size_t)size + 1);
	return reading->data ? 0 : -ENOMEM;
}

/* Another version than bytes came of before: those are dropped. */
static int check_version(struct context *ctx, const struct sftp *sftp, struct reading *reading, const struct wire_attributes *attributes, bool whole)
{
	char version[DIGEST_HEX];
	int r = version_of(attributes, version);

	if (r < 0 || !strcmp(version, reading->version))
		return r;
	if (*reading->version) {
		reading->length = 0;
		if (whole) {
			free(reading->data);
			reading->data = NULL;
		}
		if (++reading->versions >= VERSIONS)
			return context_fail(ctx, EBUSY, "the server %s sends another version of the file at each attempt", sftp->host);
	}
	memcpy(reading->version, version, DIGEST_HEX);
	return 0;
}

static int read_file(struct context *ctx, struct sftp_work *work, struct sftp_connection *connection)
{
	struct reading *reading = work->data;
	bool whole = reading->end == UINT64_MAX;
	struct wire_attributes attributes = { 0 };
	struct sftp_handle handle = { 0 };
	uint64_t end = reading->end;
	size_t done = 0;
	int r = sftp_open_file(connection, work->path, SFTP_FOR_READING, &handle);

	if (r == 0)
		r = sftp_get_attributes(connection, NULL, &handle, &attributes);
	if (r == 0 && (!attributes.has_size || (attributes.has_mode && !S_ISREG(attributes.mode))))
		r = -EREMOTEIO;
	if (r == 0)
		r = check_version(ctx, work->sftp, reading, &attributes, whole);
	if (r == 0 && whole)
		r = make_room(reading, attributes.size);
	if (end > attributes.size)
		end = attributes.size;
	if (r == 0 && reading->begin + reading->length < end) {
		r = read_stretches(work, connection, &handle, reading->begin + reading->length, reading->data + reading->length,
				   (size_t)(end - reading->begin - reading->length), &done);
		reading->length += done;
	}
	/* It became shorter meanwhile: what is there is another file. */
	if (r == 0 && whole && reading->length < attributes.size)
		r = SFTP_BROKEN;
	if (r != SFTP_BROKEN)
		(void)!sftp_close_handle(connection, &handle);
	free(handle.bytes);
	return r;
}

int sftp_load(struct context *ctx, struct sftp *sftp, const char *name, uint64_t limit, void **ret, size_t *ret_length)
{
	AUTO_FREE char *path = sftp_path(sftp, name);
	struct reading reading = { .end = UINT64_MAX, .limit = limit };
	struct sftp_work work = { .attempt = read_file, .sftp = sftp, .path = path, .data = &reading };
	int r = path ? sftp_carry_out(ctx, &work) : -ENOMEM;

	if (r < 0) {
		free(reading.data);
		return sftp_failed(ctx, sftp, name, r);
	}
	*ret = reading.data;
	*ret_length = reading.length;
	return 0;
}

ssize_t sftp_read(struct context *ctx, struct sftp *sftp, const char *name, uint64_t offset, void *buffer, size_t length)
{
	AUTO_FREE char *path = sftp_path(sftp, name);
	struct reading reading = { .begin = offset, .end = offset + length, .data = buffer };
	struct sftp_work work = { .attempt = read_file, .sftp = sftp, .path = path, .data = &reading };
	int r = path ? sftp_carry_out(ctx, &work) : -ENOMEM;

	return r < 0 ? sftp_failed(ctx, sftp, name, r) : (ssize_t)reading.length;
}

/* ---- what the server says ---- */

static int get_attributes(struct context *ctx, struct sftp_work *work, struct sftp_connection *connection)
{
	(void)ctx;
	return sftp_get_attributes(connection, work->path, NULL, work->data);
}

int sftp_describe(struct context *ctx, struct sftp *sftp, const char *name, struct sftp_entry *ret)
{
	AUTO_FREE char *path = sftp_path(sftp, name);
	struct wire_attributes attributes = { 0 };
	struct sftp_work work = { .attempt = get_attributes, .sftp = sftp, .path = path, .data = &attributes };
	int r = path ? sftp_carry_out(ctx, &work) : -ENOMEM;

	if (r < 0)
		return sftp_failed(ctx, sftp, name, r);
	*ret = (struct sftp_entry){ .directory = attributes.has_mode && S_ISDIR(attributes.mode),
				    .regular = attributes.has_mode && S_ISREG(attributes.mode),
				    .size = attributes.size,
				    .modified = attributes.modified };
	return 0;
}

struct look {
	bool touch;
	struct wire_attributes attributes;
};

static int look_at(struct context *ctx, struct sftp_work *work, struct sftp_connection *connection)
{
	struct look *look = work->data;
	struct sftp_handle handle = { 0 };
	char byte;
	size_t done;
	int r = sftp_open_file(connection, work->path, SFTP_FOR_READING, &handle);

	(void)ctx;
	if (r == 0)
		r = sftp_get_attributes(connection, NULL, &handle, &look->attributes);
	if (r == 0 && look->touch && look->attributes.size > 0)
		r = read_stretches(work, connection, &handle, 0, &byte, 1, &done);
	if (r == 0 && look->touch && look->attributes.size > 0)
		r = read_stretches(work, connection, &handle, look->attributes.size - 1, &byte, 1, &done);
	if (r != SFTP_BROKEN)
		(void)!sftp_close_handle(connection, &handle);
	free(handle.bytes);
	return r;
}

int sftp_look(struct context *ctx, struct sftp *sftp, const char *name, bool touch, struct remote_file *ret)
{
	AUTO_FREE char *path = sftp_path(sftp, name);
	struct look look = { .touch = touch };
	struct sftp_work work = { .attempt = look_at, .sftp = sftp, .path = path, .data = &look };
	int r = path ? sftp_carry_out(ctx, &work) : -ENOMEM;

	if (r == 0)
		r = version_of(&look.attributes, ret->version);
	if (r < 0)
		return sftp_failed(ctx, sftp, name, r);
	ret->size = look.attributes.has_size ? look.attributes.size : REMOTE_SIZE_UNKNOWN;
	return 0;
}
