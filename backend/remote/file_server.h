/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A server whose files the kernel shows as its own (NFS, SMB, what FUSE connects to): when it falls silent, a call on one of them may take minutes,
 * or never end. Here such calls are made in threads of their own, a silence is told, and after some time nobody waits any more.
 */
#ifndef LIFEBOAT_REMOTE_FILE_SERVER_H
#define LIFEBOAT_REMOTE_FILE_SERVER_H

#include "../core/context.h"

/* Seconds without any answer until the work ends, unless the operator names others. */
#define FILE_SERVER_PATIENCE_S 180.0

struct file_server {
	const char *place;       /* for people; borrowed */
	double patience;         /* seconds from the last answer on; 0: FILE_SERVER_PATIENCE_S */
	_Atomic double answered; /* when a call returned last; 0: none did */
	atomic_bool told;        /* its silence */
	atomic_bool gone;        /* nobody waits for it any more */
};

/* True when PATH, or the nearest directory above it that is there, is a server's; also when even that is not answered within seconds. */
bool file_server_has(const struct context *ctx, const char *path);

/* Has CALL(DATA) carried out, as patient_call() does. Any answer of the server counts: one call may take longer while others return. After
 * the first call that was given up, others are not begun. 0; -ECANCELED; -ETIMEDOUT; then DATA is for RELEASE. -ENOMEM: DATA is the caller's. No
 * sentence. */
MUST_CHECK int file_server_call(struct context *ctx, struct file_server *server, void (*call)(void *data), void (*release)(void *data), void *data);
/* The same for what cleans up: at most LONGEST seconds, whether CTX was cancelled or the server is gone, and without a word. */
void file_server_try(double longest, void (*call)(void *data), void (*release)(void *data), void *data);
/* The seconds that are waited for an answer. */
double file_server_patience(const struct file_server *server);

#endif
