/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A remote, and one transfer from it. Only for remote.c, transfer*.c, post.c and s3*.c. */
#ifndef LIFEBOAT_REMOTE_REMOTE_PARTS_H
#define LIFEBOAT_REMOTE_REMOTE_PARTS_H

#include <curl/curl.h>

#include "../core/bytes.h"
#include "../core/clock.h"
#include "access.h"
#include "remote.h"
#include "s3_account.h"
#include "sftp.h"

#define HANDLES 8

struct remote {
	struct sftp *sftp;       /* an SSH server: all else is for HTTP; NULL */
	char *scheme, *host;     /* host: with its port, as a URL has it */
	char *path, *query;      /* path: without a '/' at its end; query: NULL: none */
	bool slash;              /* PATH was written with one */
	struct s3_account *s3;   /* requests are signed with its keys; NULL: plain HTTP */
	char *user, *password;   /* without escapes; NULL: none */
	struct access access;
	atomic_bool stopped, whole_only;
	atomic_bool plain;       /* an S3 server that knows no conditional requests */
	_Atomic double patience;
	_Atomic double until;    /* moment when what is asked ends; 0: none is set */
	pthread_mutex_t lock;    /* guards what follows */
	CURL *idle[HANDLES];     /* with their open connections */
	size_t idle_count;
};

/* Something else than a stretch of a file, asked of an S3 server. */
struct request {
	const char *method;      /* "GET", "PUT", "POST", "DELETE", "HEAD" */
	const char *query;       /* as it is signed: sorted by name, escaped, a '=' in each; NULL: none */
	bool bucket;             /* of the bucket, not of what NAME says in it */
	const void *body;        /* NULL: none */
	size_t length;
	const char *sha256;      /* of the body; NULL: it is made here */
	bool only_new;           /* nothing may be there yet */
	bool slow;               /* the server may work for minutes before it answers */
};

/* One attempt to get bytes BEGIN to END of a file, or what REQUEST asks. */
struct transfer {
	struct remote *remote;
	const struct request *request; /* NULL: bytes of a file */
	const char *name;
	uint64_t begin, end;     /* END is past the last; UINT64_MAX: all there are */
	bool head;               /* nothing but what it says of the file */
	/* Takes bytes that come, in order. 0; 1: no more are wanted; -errno. */
	int (*take)(void *data, const void *bytes, size_t length);
	void *data;
	const char *expected;    /* the version that bytes came of before; "" or NULL: none did */
	/* What the answer said. */
	CURL *curl;
	bool begun;              /* an answer came */
	bool enough;
	bool changed;            /* it is of another version than expected, and nothing was taken */
	int fault;               /* -errno: of TAKE */
	const char *broken;      /* NULL, or a sentence's words: it does not keep to the protocol */
	long status;
	uint64_t at;             /* place in the file of the next byte that comes */
	uint64_t stretch_end;    /* that it sends; REMOTE_SIZE_UNKNOWN */
	uint64_t total;          /* bytes of the file; REMOTE_SIZE_UNKNOWN */
	char version[DIGEST_HEX];
	size_t sent;             /* bytes of the request's body */
	char *tag;               /* of an answer to a request: the entity tag; NULL: it says none */
	struct buffer refusal;   /* S3: the text that came with an error */
	char text[CURL_ERROR_SIZE]; /* libcurl's, of what went wrong */
};

/* Whether nothing more is to be waited for. */
static inline bool remote_is_late(const struct remote *remote)
{
	double until = atomic_load(&remote->until);

	return until > 0 && clock_now() > until;
}

void transfer_done(struct transfer *transfer);

/* Makes one attempt. 0; -ENOENT, -ECANCELED or what TAKE said without a sentence; -errno with a sentence. *RET_AGAIN: another attempt may have more
 * luck. Some of the bytes may have come in any case. */
MUST_CHECK int transfer_run(struct context *ctx, struct transfer *transfer, bool *ret_again);
/* The value of a header of the answer, valid until the next call; NULL: it has none. */
static inline const char *transfer_header(const struct transfer *transfer, const char *name)
{
	struct curl_header *found;

	return curl_easy_header(transfer->curl, name, 0, CURLH_HEADER, -1, &found) == CURLHE_OK ? found->value : NULL;
}

/* What went wrong: the sentence of what libcurl says, and of an answer that is an error (transfer_fail.c). As transfer_run(). */
int transfer_fail(struct context *ctx, const struct transfer *transfer, CURLcode code, bool *ret_again);
int transfer_refused(struct context *ctx, const struct transfer *transfer, bool *ret_again);

/* Has libcurl sign what TRANSFER asks; *RET_HEADERS, to be freed after it was performed. 0 or -ENOMEM. (s3_sign.c) */
MUST_CHECK int s3_sign(struct transfer *transfer, struct curl_slist **ret_headers);
/* What an S3 server's error is: 0: nothing but bytes past the end of the file were asked for; -ENOENT, -EEXIST (of a request for what is new) without
 * a sentence; -errno with one. (s3_fail.c) */
MUST_CHECK int s3_refused(struct context *ctx, struct transfer *transfer, bool *ret_again);

/* Asks REQUEST in as many attempts as the remote's patience allows; the answer comes into RET, of at most LIMIT bytes, and its entity tag into
 * RET_TAG; both may be NULL. As s3_refused(). (s3.c) */
MUST_CHECK int request_run(struct context *ctx, struct remote *remote, const char *name, const struct request *request, struct buffer *ret,
			   char **ret_tag);

/* The same of a REQUEST for what is new; -EOPNOTSUPP without a sentence: the server knows no conditions. */
MUST_CHECK int request_run_new(struct context *ctx, struct remote *remote, const char *name, const struct request *request, struct buffer *ret);

/* The whole address of REMOTE, as a person wrote it. New string. */
char *transfer_url(const struct remote *remote);
/* How REMOTE is entered: login, certificates, proxy, protocols. 0 or -ENOMEM. */
MUST_CHECK int transfer_set_access(CURL *curl, const struct remote *remote);

#endif
