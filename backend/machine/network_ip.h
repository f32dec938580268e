/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Links, addresses and routes, by ip(8) of iproute2. */
#ifndef LIFEBOAT_MACHINE_NETWORK_IP_H
#define LIFEBOAT_MACHINE_NETWORK_IP_H

#include <jansson.h>
#include <stdbool.h>

#include "../core/context.h"

/* Brings an interface up by name. 0 or -errno with a sentence. */
int ip_link_up(struct context *ctx, const char *interface);
/* Gives the interface the address ADDRESS/PREFIX; whether another machine has it too is not asked. 0 or -errno with a sentence. */
int ip_address_set(struct context *ctx, const char *interface, const char *address, unsigned prefix);
/* The default route. 0 or -errno with a sentence. */
int ip_route_set(struct context *ctx, const char *interface, const char *gateway);

/* What is known of the addresses of all interfaces now, new; NULL when it cannot be known, which is logged. */
json_t *ip_addresses_read(struct context *ctx);
/* Those of one, each as ADDRESS/PREFIX: a new array. ALL may be NULL. */
json_t *ip_addresses_of(const json_t *all, const char *interface);
/* The first address of INTERFACE that others can reach and that is in use (not still being tried), of IPv6 or of IPv4: new, without its
 * prefix; NULL when it has none. */
char *ip_address_find(const json_t *all, const char *interface, bool ipv6);

#endif
