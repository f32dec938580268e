/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A front end's side of the engine's socket: attach, receive events as JSON, send answers. docs/engine-protocol.md describes the
 * messages. A client is used by one thread.
 */
#ifndef LIFEBOAT_PROTOCOL_CLIENT_H
#define LIFEBOAT_PROTOCOL_CLIENT_H

#include <jansson.h>

#define ENGINE_SOCKET "/run/lifeboat/engine.sock"
#define ENGINE_PROTOCOL 1
#define ENGINE_MESSAGE_LIMIT (128u << 10) /* bytes of one message, either way */

struct client;

/* Connects to the engine at PATH (NULL: ENGINE_SOCKET) and introduces itself by NAME ("newt tty1"). 0 or -errno. */
int client_attach(const char *path, const char *name, struct client **ret);
/* The same over a descriptor that is already connected; takes it. */
int client_attach_fd(int fd, const char *name, struct client **ret);
void client_free(struct client *client);
/* To poll for readability. */
int client_fd(const struct client *client);
/* The next event: 1 with a new reference in *RET, 0 when none is there yet, -ECONNRESET when the engine is gone, -EBADMSG for a
 * message that is no event (it is skipped; read on). Never waits. */
int client_receive(struct client *client, json_t **ret);
/* Answers question ID with VALUE (stolen). 0 or -errno (-ECONNRESET when the engine is gone). */
int client_answer(struct client *client, int id, json_t *value);
/* Says that nobody will answer question ID, and why: where nothing was written the session ends as not restored. 0 or -errno. */
int client_decline(struct client *client, int id, const char *reason);
/* Other requests: "cancel", "back", "rescan", "reboot", "poweroff". 0 or -errno. */
int client_request(struct client *client, const char *name);

#endif
