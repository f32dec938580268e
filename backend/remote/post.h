/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A message to a server by HTTP POST, as JSON, and its answer. One attempt a call.
 */
#ifndef LIFEBOAT_REMOTE_POST_H
#define LIFEBOAT_REMOTE_POST_H

#include "remote.h"

#define POST_ANSWER_LIMIT (16u << 10)

struct post_answer {
	char *text;              /* NUL-ended; "" where the answer has none; NULL: it is not wanted, or longer than allowed */
	long status;             /* of HTTP; 0: no answer came */
};

/* Sends BODY, LENGTH bytes, to the address of REMOTE. 0 with the answer (RET may be NULL): the server took it (status 2xx). -errno with a sentence
 * that names the server alone; *RET_AGAIN: a later attempt may have more luck. Redirects are not followed: a message is for the address that was
 * named. */
MUST_CHECK int remote_post(struct context *ctx, struct remote *remote, const char *body, size_t length, struct post_answer *ret, bool *ret_again);

#endif
