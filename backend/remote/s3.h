/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an S3 server does beyond giving bytes (remote.h): it lists what lies below an address, takes objects, whole or in parts, and removes them. An
 * object appears when all of it has arrived and its digest is right, and not before.
 * NAMEs are below the address of the remote, which is of the scheme s3. All functions may be called from any thread. 0 or -errno with a sentence,
 * but -ECANCELED, and where it is said, without one.
 */
#ifndef LIFEBOAT_REMOTE_S3_H
#define LIFEBOAT_REMOTE_S3_H

#include <time.h>

#include "remote.h"

/* An object of at most this many bytes goes in one piece; parts of a longer one, but the last, have at least S3_PART_MIN. */
#define S3_WHOLE_MAX (5ull << 30)
#define S3_PART_MIN (5u << 20)
#define S3_PARTS_MAX 10000

/* An object, or a folder: what the names of several have in common up to a '/'. */
struct s3_item {
	const char *name;        /* below the address; of a folder without its '/' */
	bool folder;
	uint64_t size;
	time_t changed;          /* 0: the server does not say */
};

/* Tells EACH what begins with PREFIX below the address; with DEEP all objects, else folders for what lies deeper. What EACH says other than 0
 * ends it. -ENOENT is not an answer: nothing is there. */
MUST_CHECK int s3_list(struct context *ctx, struct remote *remote, const char *prefix, bool deep, int (*each)(void *data, const struct s3_item *item),
		       void *data);
/* One page of such a list, as a server sends it in XML; PREFIX is what was asked for, from the bucket on, of which SKIP bytes are not told.
 * *RET_TOKEN, a new string, asks for the next page; it stays NULL after the last. 0, what EACH said, -EBADMSG or -ENOMEM. */
MUST_CHECK int s3_list_read(const void *xml, size_t length, const char *prefix, size_t skip, int (*each)(void *data, const struct s3_item *item),
			    void *data,
			    char **ret_token);

/* Makes or replaces NAME; with ONLY_NEW, -EEXIST without a sentence when it is there (where the server
 * knows no conditions, another may make it in the same moment). SHA256 of the data; NULL: it is made here. */
MUST_CHECK int s3_put(struct context *ctx, struct remote *remote, const char *name, const void *data, size_t length, const char *sha256,
		      bool only_new);
/* Removes NAME; one that is not there is removed. */
MUST_CHECK int s3_delete(struct context *ctx, struct remote *remote, const char *name);

/* An object that is sent in parts: nothing is there under its name before s3_upload_end(). */
struct s3_upload;
MUST_CHECK int s3_upload_begin(struct context *ctx, struct remote *remote, const char *name, struct s3_upload **ret);
/* The next part; one call at a time. */
MUST_CHECK int s3_upload_part(struct context *ctx, struct s3_upload *upload, const void *data, size_t length);
/* Makes it appear; with ONLY_NEW, -EEXIST without a sentence when another is there, and the server knows conditions. */
MUST_CHECK int s3_upload_end(struct context *ctx, struct s3_upload *upload, bool only_new);
/* Frees it. The parts of one that has not ended lie at the server, unseen, until s3_abort_all(). NULL is ignored. */
void s3_upload_free(struct s3_upload *upload);
/* Gives up all that was begun in parts below PREFIX, by whom ever. */
MUST_CHECK int s3_abort_all(struct context *ctx, struct remote *remote, const char *prefix);

#endif
