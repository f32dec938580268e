/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The engine's side of the socket: takes front ends, keeps what a late one must be told, queues events for each without ever
 * waiting for one, and hands requests to the session. A thread of its own does the reading and writing.
 */
#ifndef LIFEBOAT_PROTOCOL_SERVER_H
#define LIFEBOAT_PROTOCOL_SERVER_H

#include "../core/context.h"

struct server;

struct server_options {
	const char *socket;      /* path to listen on; NULL: none */
	int front_end_fd;        /* a connected front end, taken; -1: none */
	/* Called from the server's thread, without its lock, with the name of the front end, for "cancel", "back", "rescan", "reboot" and "poweroff"
	 * while no question is open. NULL when taken, else the sentence of the refusal (static). */
	const char *(*urgent)(void *data, const char *request, const char *by);
	void *data;
};

/* What a front end asked for while a question is open. */
struct server_request {
	json_t *body;
	char *by;                /* name of the front end */
	unsigned from;           /* for server_refuse() */
};

/* 0 or -errno with a sentence. */
int server_new(struct context *ctx, const struct server_options *options, struct server **ret);
/* Gives the messages that matter time to leave (a minute, as long as front ends take them), then closes everything. Takes NULL. */
void server_free(struct server *server);

/* Sends EVENT (borrowed) to every front end and remembers it for those that attach later, as docs/engine-protocol.md says.
 * "question" opens that question, "answered" closes it. From any thread. */
void server_publish(struct server *server, json_t *event);

/* Remembers EVENT (borrowed) for late front ends without sending it to those that are here. */
void server_keep(struct server *server, json_t *event);

/* Waits at most TIMEOUT_MS (-1: without end) for a request. 1 with *RET filled; 0 after the time; -EPIPE when no front end is
 * left and none can come. */
int server_wait(struct server *server, int timeout_ms, struct server_request *ret);
void server_request_done(struct server_request *request);
/* Tells the sender that its answer to question ID came too late. */
void server_stale(struct server *server, unsigned from, int id);
/* Tells the sender why its request was not taken. ID 0: no question is meant. */
void server_refuse(struct server *server, unsigned from, int id, const char *reason);

#endif
