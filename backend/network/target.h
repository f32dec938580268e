/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The server that the network is for, and whether it can be reached: its name is looked up, and a connection is made to its port. */
#ifndef LIFEBOAT_NETWORK_TARGET_H
#define LIFEBOAT_NETWORK_TARGET_H

#include <jansson.h>

#include "../core/bytes.h"
#include "../core/context.h"

struct network_target {
	char *host;              /* a name, or an address without brackets */
	char *port;              /* a number */
};
void network_target_done(struct network_target *target);
#define AUTO_TARGET CLEANUP(network_target_done)

/* The server that PLACE, as location_parse() takes it, is asked for at: its own, or the proxy of access.h. 1; 0: it lies on none, or is no place;
 * -errno with a sentence. */
MUST_CHECK int network_target_of(struct context *ctx, const char *place, struct network_target *ret);

/* Whether it answers now, by whatever route there is. 0, with the name of the interface that its answers come by in *RET (new; NULL: not
 * known); or -errno with a sentence: -EHOSTUNREACH the name is not known, -EAGAIN no name server answered, -ENETUNREACH no route,
 * -ECONNREFUSED, -ETIMEDOUT, ... */
MUST_CHECK int network_reach(struct context *ctx, const struct network_target *target, char **ret);
/* The first address of its name, new. -errno as above. */
MUST_CHECK int network_look_up(struct context *ctx, const struct network_target *target, char **ret);

#endif
