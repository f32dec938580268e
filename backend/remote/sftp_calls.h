/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Single requests of SFTP and what their answers mean. All over one connection: SFTP_BROKEN when it broke; -ENOENT, -EACCES, or -EREMOTEIO for
 * whatever else the server has against it, without a sentence. Only for sftp*.c.
 */
#ifndef LIFEBOAT_REMOTE_SFTP_CALLS_H
#define LIFEBOAT_REMOTE_SFTP_CALLS_H

#include "sftp_connection.h"
#include "sftp_wire.h"

/* Flags of OPEN: section 6.3. */
#define SFTP_FOR_READING 0x01u
#define SFTP_FOR_WRITING 0x02u
#define SFTP_CREATE 0x08u
#define SFTP_TRUNCATE 0x10u
#define SFTP_EXCLUSIVE 0x20u

struct sftp_handle {
	char *bytes;             /* NULL: none */
	size_t length;
};

/* The error that STATUS, of a request that has an answer, stands for; 0: it was done. -ENODATA: the end. -EPROTO: it is no status. */
int sftp_status(const struct sftp_request *request);

int sftp_open_file(struct sftp_connection *connection, const char *path, unsigned flags, struct sftp_handle *ret);
int sftp_open_directory(struct sftp_connection *connection, const char *path, struct sftp_handle *ret);
/* Without waiting for an answer that anybody would look at, where CONNECTION is broken; HANDLE is freed in any case. */
int sftp_close_handle(struct sftp_connection *connection, struct sftp_handle *handle);
/* LSTAT of PATH, or FSTAT of HANDLE where that is not NULL. */
int sftp_get_attributes(struct sftp_connection *connection, const char *path, const struct sftp_handle *handle, struct wire_attributes *ret);
/* A request of KIND about PATH, and SECOND where that is not NULL, with MODE where that is not 0, that a status answers. */
int sftp_do(struct sftp_connection *connection, enum sftp_kind kind, const char *path, const char *second, mode_t mode);
/* The extension NAME about HANDLE, or about PATH and SECOND, that a status answers. */
int sftp_extended(struct sftp_connection *connection, const char *name, const struct sftp_handle *handle, const char *path, const char *second);
/* Bytes that are free for us on the filesystem of PATH; UINT64_MAX: not known. */
uint64_t sftp_free_space(struct sftp_connection *connection, const char *path);

#endif
