/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A remote, and one transfer from it. Only for remote*.c and transfer.c. */
#ifndef LIFEBOAT_REMOTE_REMOTE_PARTS_H
#define LIFEBOAT_REMOTE_REMOTE_PARTS_H

#include <curl/curl.h>

#include "access.h"
#include "remote.h"

#define HANDLES 8

struct remote {
	char *scheme, *host;     /* host: with its port, as a URL has it */
	char *path, *query;      /* path: without a '/' at its end; query: NULL: none */
	char *user, *password;   /* without escapes; NULL: none */
	struct access access;
	atomic_bool stopped, whole_only;
	_Atomic double patience;
	pthread_mutex_t lock;    /* guards what follows */
	CURL *idle[HANDLES];     /* with their open connections */
	size_t idle_count;
};

/* One attempt to get bytes BEGIN to END of a file. */
struct transfer {
	struct remote *remote;
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
	char text[CURL_ERROR_SIZE]; /* libcurl's, of what went wrong */
};

/* Makes one attempt. 0; -ENOENT, -ECANCELED or what TAKE said without a sentence; -errno with a sentence. *RET_AGAIN: another attempt may have more
 * luck. Some of the bytes may have come in any case. */
MUST_CHECK int transfer_run(struct context *ctx, struct transfer *transfer, bool *ret_again);

#endif
