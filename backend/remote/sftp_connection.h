/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One connection to the SFTP subsystem of an SSH server: the system's ssh runs beside us, and requests and answers of the protocol's version 3
 * (draft-ietf-secsh-filexfer-02) pass through its pipes, many at a time. Only for sftp*.c.
 */
#ifndef LIFEBOAT_REMOTE_SFTP_CONNECTION_H
#define LIFEBOAT_REMOTE_SFTP_CONNECTION_H

#include "../core/bytes.h"
#include "../core/context.h"
#include "sftp_parts.h"

/* Kinds of packets: section 3. */
enum sftp_kind {
	SFTP_INIT = 1, SFTP_VERSION = 2, SFTP_OPEN = 3, SFTP_CLOSE = 4, SFTP_READ = 5, SFTP_WRITE = 6, SFTP_LSTAT = 7, SFTP_FSTAT = 8,
	SFTP_OPENDIR = 11, SFTP_READDIR = 12, SFTP_REMOVE = 13, SFTP_MKDIR = 14, SFTP_RMDIR = 15, SFTP_STAT = 17, SFTP_RENAME = 18,
	SFTP_STATUS = 101, SFTP_HANDLE = 102, SFTP_DATA = 103, SFTP_NAME = 104, SFTP_ATTRS = 105, SFTP_EXTENDED = 200, SFTP_EXTENDED_REPLY = 201
};

/* A request under way: begun by connection_ask(), and then awaited or, where that failed, forgotten. */
struct sftp_request {
	uint32_t id;
	bool answered;
	uint8_t kind;            /* of the answer */
	char *body;              /* of the answer, after its id; NULL: none */
	size_t length;
	struct sftp_request *next;
};

struct sftp_connection;

/* Starts ssh and agrees on the protocol. 0, or -errno with a sentence; *RET_AGAIN: another attempt may have more luck. */
MUST_CHECK int connection_open(struct context *ctx, const struct sftp *sftp, struct sftp_connection **ret, bool *ret_again);
struct sftp_connection *connection_hold(struct sftp_connection *connection);
/* Lets go of it; with the last holder it ends. NULL is ignored. */
void connection_release(struct sftp_connection *connection);
/* All that is asked of it fails from now on. */
void connection_break(struct sftp_connection *connection);
bool connection_is_broken(struct sftp_connection *connection);

/* What the server says it can do. */
bool connection_has_fsync(const struct sftp_connection *connection);
bool connection_has_posix_rename(const struct sftp_connection *connection);
bool connection_has_statvfs(const struct sftp_connection *connection);
/* Bytes that one READ or WRITE may carry. */
size_t connection_read_size(const struct sftp_connection *connection);
size_t connection_write_size(const struct sftp_connection *connection);

/* Sends HEAD, with the LENGTH bytes of DATA as a string after it where DATA is not NULL. 0, or SFTP_BROKEN; then REQUEST is forgotten. */
MUST_CHECK int connection_ask(struct sftp_connection *connection, struct sftp_request *request, enum sftp_kind kind, const struct buffer *head,
			      const void *data, size_t length);
/* Waits for the answer, which request_done() frees. 0 or SFTP_BROKEN. */
MUST_CHECK int connection_await(struct sftp_connection *connection, struct sftp_request *request);
void request_done(struct sftp_request *request);

#endif
