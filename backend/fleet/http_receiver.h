/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes short messages by HTTP POST (libmicrohttpd), whoever sends them: all that is held of one is bounded, and so is how long a connection may
 * take.
 */
#ifndef LIFEBOAT_FLEET_HTTP_RECEIVER_H
#define LIFEBOAT_FLEET_HTTP_RECEIVER_H

#include "../core/context.h"

struct http_receiver;

/* Called for each message, LENGTH bytes with a NUL behind them, in the receiver's own thread, one at a time. The status of HTTP; *RET_ANSWER: new
 * text, JSON, for the sender; NULL: none. */
typedef unsigned (*http_message)(void *data, const char *text, size_t length, char **ret_answer);

/* LISTEN: "ADDR:PORT", "[ADDR]:PORT", ":PORT" (every address of this machine). 0 or -errno with a sentence. */
MUST_CHECK int http_receiver_open(struct context *ctx, const char *listen, http_message take, void *data, struct http_receiver **ret);
/* Ends the thread first. NULL is ignored. */
void http_receiver_close(struct http_receiver *receiver);
/* "192.0.2.1:8080", with the port that it has. Borrowed. */
const char *http_receiver_address(const struct http_receiver *receiver);

#endif
