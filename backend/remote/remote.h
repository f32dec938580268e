/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files on a server, read over HTTP by libcurl, from an S3 server with signed requests, or from an SSH server (sftp.h): by their names below an
 * address, whole or in stretches. What a server says of lengths and stretches is checked, and a connection that breaks is taken up where it broke.
 * Whether the bytes are right is for digests to say. All functions but remote_free() may be called from any thread.
 */
#ifndef LIFEBOAT_REMOTE_REMOTE_H
#define LIFEBOAT_REMOTE_REMOTE_H

#include "../core/context.h"
#include "../core/digest.h"
#include "../core/location.h"

struct remote;

#define REMOTE_SIZE_UNKNOWN UINT64_MAX

struct remote_file {
	uint64_t size;           /* bytes; REMOTE_SIZE_UNKNOWN where it does not say */
	char version[DIGEST_HEX]; /* of its size, entity tag and date; another one: it is another file */
};

/* The one that LOCATION names, of the scheme http, https, s3 (s3_account.h), ssh or sftp, with what access.h has for it. Nothing is asked of it
 * yet. 0 or -errno with a sentence. PATIENCE: seconds that it may be away, from the last byte that came, before a call fails. */
MUST_CHECK int remote_new(struct context *ctx, const struct location *location, double patience, struct remote **ret);
/* NULL is ignored. Nothing is being asked of it any more. */
void remote_free(struct remote *remote);
/* The same as in remote_new(), for calls to come. */
void remote_be_patient(struct remote *remote, double patience);
/* What is asked of it until the next call of this ends within so many seconds, whether it is done or not. */
void remote_hurry(struct remote *remote, double seconds);
/* Whatever is asked of it ends soon, with -ECANCELED. */
void remote_stop(struct remote *remote);
/* It gives stretches of files; false once it answered with a whole one instead. */
bool remote_gives_ranges(const struct remote *remote);

/* In all three NAME is below the address, "" the address itself. -ENOENT without a sentence: it has no such file; -errno with one. */

/* What it says of NAME now; in one attempt. Of a file with TOUCH, its first and last byte are read. */
MUST_CHECK int remote_look(struct context *ctx, struct remote *remote, const char *name, bool touch, struct remote_file *ret);
/* All of NAME in a new buffer, of one version; -EFBIG without a sentence when it is longer than LIMIT. */
MUST_CHECK int remote_load(struct context *ctx, struct remote *remote, const char *name, uint64_t limit, void **ret, size_t *ret_length);
/* At most LENGTH bytes of NAME from OFFSET on, fewer only at its end. Bytes or -errno. */
MUST_CHECK ssize_t remote_read(struct context *ctx, struct remote *remote, const char *name, uint64_t offset, void *buffer, size_t length);

#endif
