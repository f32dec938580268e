/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sftp_calls.h"

#include <errno.h>
#include <string.h>

/* Codes of STATUS: section 7. */
enum { STATUS_OK = 0, STATUS_EOF = 1, STATUS_NO_SUCH_FILE = 2, STATUS_PERMISSION_DENIED = 3, STATUS_NO_CONNECTION = 6, STATUS_LOST = 7,
       STATUS_UNSUPPORTED = 8 };

int sftp_status(const struct sftp_request *request)
{
	struct wire wire = { .at = (const unsigned char *)request->body, .left = request->length };
	uint32_t code = wire_number(&wire);

	if (request->kind != SFTP_STATUS || wire.bad)
		return -EPROTO;
	switch (code) {
	case STATUS_OK: return 0;
	case STATUS_EOF: return -ENODATA;
	case STATUS_NO_SUCH_FILE: return -ENOENT;
	case STATUS_PERMISSION_DENIED: return -EACCES;
	case STATUS_NO_CONNECTION:
	case STATUS_LOST: return SFTP_BROKEN;
	case STATUS_UNSUPPORTED: return -EOPNOTSUPP;
	default: return -EREMOTEIO;
	}
}

/* Asks and waits. The answer, for request_done(), when 0. */
static int ask(struct sftp_connection *connection, enum sftp_kind kind, const struct buffer *head, struct sftp_request *request)
{
	int r = connection_ask(connection, request, kind, head, NULL, 0);

	if (r == 0)
		r = connection_await(connection, request);
	if (r < 0)
		request_done(request);
	return r;
}

/* That a status answers. */
static int ask_status(struct sftp_connection *connection, enum sftp_kind kind, const struct buffer *head)
{
	struct sftp_request request;
	int r = ask(connection, kind, head, &request);

	if (r < 0)
		return r;
	r = sftp_status(&request);
	request_done(&request);
	return r;
}

static int ask_handle(struct sftp_connection *connection, enum sftp_kind kind, const struct buffer *head, struct sftp_handle *ret)
{
	struct sftp_request request;
	struct wire wire;
	const void *bytes;
	size_t length = 0;
	int r = ask(connection, kind, head, &request);

	if (r < 0)
		return r;
	wire = (struct wire){ .at = (unsigned char *)request.body, .left = request.length };
	bytes = request.kind == SFTP_HANDLE ? wire_string(&wire, &length) : NULL;
	r = request.kind == SFTP_HANDLE ? (bytes ? 0 : -EPROTO) : sftp_status(&request);
	if (r == 0 && request.kind != SFTP_HANDLE)
		r = -EPROTO;
	ret->bytes = r == 0 ? malloc(length + 1) : NULL;
	if (r == 0 && !ret->bytes)
		r = -ENOMEM;
	if (r == 0) {
		memcpy(ret->bytes, bytes, length);
		ret->length = length;
	}
	request_done(&request);
	return r;
}

int sftp_open_file(struct sftp_connection *connection, const char *path, unsigned flags, struct sftp_handle *ret)
{
	AUTO_BUFFER struct buffer head = { 0 };
	int r = wire_add_text(&head, path);

	if (r == 0)
		r = wire_add_number(&head, flags);
	/* A set holds secrets of the machine. */
	if (r == 0)
		r = flags & SFTP_CREATE ? wire_add_mode(&head, 0600) : wire_add_number(&head, 0);
	return r < 0 ? r : ask_handle(connection, SFTP_OPEN, &head, ret);
}

int sftp_open_directory(struct sftp_connection *connection, const char *path, struct sftp_handle *ret)
{
	AUTO_BUFFER struct buffer head = { 0 };
	int r = wire_add_text(&head, path);

	return r < 0 ? r : ask_handle(connection, SFTP_OPENDIR, &head, ret);
}

int sftp_close_handle(struct sftp_connection *connection, struct sftp_handle *handle)
{
	AUTO_BUFFER struct buffer head = { 0 };
	int r = 0;

	if (!handle->bytes)
		return 0;
	if (connection_is_broken(connection))
		r = SFTP_BROKEN;
	if (r == 0)
		r = wire_add_string(&head, handle->bytes, handle->length);
	if (r == 0)
		r = ask_status(connection, SFTP_CLOSE, &head);
	free(handle->bytes);
	*handle = (struct sftp_handle){ 0 };
	return r;
}

int sftp_get_attributes(struct sftp_connection *connection, const char *path, const struct sftp_handle *handle, struct wire_attributes *ret)
{
	AUTO_BUFFER struct buffer head = { 0 };
	struct sftp_request request;
	struct wire wire;
	int r = handle ? wire_add_string(&head, handle->bytes, handle->length) : wire_add_text(&head, path);

	if (r == 0)
		r = ask(connection, handle ? SFTP_FSTAT : SFTP_LSTAT, &head, &request);
	if (r < 0)
		return r;
	wire = (struct wire){ .at = (unsigned char *)request.body, .left = request.length };
	if (request.kind == SFTP_ATTRS) {
		*ret = wire_attributes(&wire);
		r = wire.bad ? -EPROTO : 0;
	} else {
		r = sftp_status(&request);
		r = r == 0 ? -EPROTO : r;
	}
	request_done(&request);
	return r;
}

int sftp_do(struct sftp_connection *connection, enum sftp_kind kind, const char *path, const char *second, mode_t mode)
{
	AUTO_BUFFER struct buffer head = { 0 };
	int r = wire_add_text(&head, path);

	if (r == 0 && second)
		r = wire_add_text(&head, second);
	if (r == 0 && mode)
		r = wire_add_mode(&head, mode);
	return r < 0 ? r : ask_status(connection, kind, &head);
}

int sftp_extended(struct sftp_connection *connection, const char *name, const struct sftp_handle *handle, const char *path, const char *second)
{
	AUTO_BUFFER struct buffer head = { 0 };
	int r = wire_add_text(&head, name);

	if (r == 0)
		r = handle ? wire_add_string(&head, handle->bytes, handle->length) : wire_add_text(&head, path);
	if (r == 0 && second)
		r = wire_add_text(&head, second);
	return r < 0 ? r : ask_status(connection, SFTP_EXTENDED, &head);
}

uint64_t sftp_free_space(struct sftp_connection *connection, const char *path)
{
	AUTO_BUFFER struct buffer head = { 0 };
	struct sftp_request request;
	uint64_t space = UINT64_MAX;

	if (!connection_has_statvfs(connection) || wire_add_text(&head, "statvfs@openssh.com") < 0 || wire_add_text(&head, path) < 0 ||
	    ask(connection, SFTP_EXTENDED, &head, &request) < 0)
		return UINT64_MAX;
	if (request.kind == SFTP_EXTENDED_REPLY) {
		struct wire wire = { .at = (unsigned char *)request.body, .left = request.length };
		uint64_t fragment, available;

		wire_long(&wire);             /* f_bsize */
		fragment = wire_long(&wire);
		wire_long(&wire);             /* f_blocks */
		wire_long(&wire);             /* f_bfree */
		available = wire_long(&wire);
		if (!wire.bad && (!fragment || available < UINT64_MAX / fragment))
			space = fragment * available;
	}
	request_done(&request);
	return space;
}
