/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The UNIX socket at which front ends reach the engine: made where no engine listens, and removed at the end, unless another one has come into its
 * place.
 */
#ifndef LIFEBOAT_PROTOCOL_LISTENER_H
#define LIFEBOAT_PROTOCOL_LISTENER_H

#include <sys/types.h>

#include "../core/context.h"

struct listener {
	int fd;                  /* -1: none */
	const char *path;        /* borrowed */
	dev_t device;            /* of the socket as it was made */
	ino_t inode;
};
#define LISTENER_NONE ((struct listener){ .fd = -1 })

/* Listens at PATH (borrowed for as long as *RET lives), for root and the engine's own user. What an engine that died left there is removed. 0, or
 * -errno with a sentence: -EADDRINUSE when another engine listens there, -EEXIST when something else than a socket is there. */
int listener_open(struct context *ctx, const char *path, struct listener *ret);
/* Takes LISTENER_NONE. */
void listener_close(struct listener *listener);

#endif
