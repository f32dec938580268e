/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Links, addresses and routes, by ip(8) of iproute2. */
#ifndef LIFEBOAT_NETWORK_IP_H
#define LIFEBOAT_NETWORK_IP_H

#include <jansson.h>
#include <stdbool.h>

#include "../core/context.h"

/* All but the readers: 0 or -errno with a sentence. */

int ip_link_up(struct context *ctx, const char *interface);
int ip_link_down(struct context *ctx, const char *interface);
/* One attribute of the link: "mtu", "address", "name", "master". */
int ip_link_set(struct context *ctx, const char *interface, const char *attribute, const char *value);
/* Gives the interface the address ADDRESS/PREFIX; whether another machine has it too is not asked. */
int ip_address_set(struct context *ctx, const char *interface, const char *address, unsigned prefix);
/* Takes all addresses away that somebody gave it; those of the link and of routers stay. */
int ip_address_flush(struct context *ctx, const char *interface);
/* The default route. */
int ip_route_set(struct context *ctx, const char *interface, const char *gateway);
/* A route to NET ("default", "10.0.0.0/8"); GATEWAY or INTERFACE may be NULL, not both. */
int ip_route_add(struct context *ctx, const char *net, const char *gateway, const char *interface);
/* Takes away the default route of one family that ip_route_set() set on INTERFACE; that there is none is no error. */
int ip_route_unset(struct context *ctx, const char *interface, bool ipv6);

/* What is known of the addresses of all interfaces now, new; NULL when it cannot be known, which is logged. */
json_t *ip_addresses_read(struct context *ctx);
/* Those of one, each as ADDRESS/PREFIX: a new array. ALL may be NULL. */
json_t *ip_addresses_of(const json_t *all, const char *interface);
/* The first address of INTERFACE that others can reach and that is in use (not still being tried), of IPv6 or of IPv4: new, without its
 * prefix; NULL when it has none. */
char *ip_address_find(const json_t *all, const char *interface, bool ipv6);
/* The address of its link, as above. */
char *ip_address_find_link(const json_t *all, const char *interface);

#endif
