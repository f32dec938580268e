/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What asks DHCPv6 servers, and whatever renews what they gave. Only for dhcp6.c and dhcp6_keep.c. */
#ifndef LIFEBOAT_NETWORK_DHCP6_CLIENT_H
#define LIFEBOAT_NETWORK_DHCP6_CLIENT_H

#include "dhcp6.h"

struct dhcp6_client {
	struct context *ctx;
	const char *interface;
	int fd;
	uint8_t duid[10];        /* DUID-LL: 3, hardware type, MAC address (RFC 8415, 11.4) */
	uint32_t iaid, transaction;
	double begun, end;
	double pause, pause_max; /* seconds before the same is asked again: the first, the longest */
};

/* One for INTERFACE, without its socket and its end. 0 or -errno with a sentence. */
MUST_CHECK int dhcp6_client_make(struct context *ctx, const char *interface, struct dhcp6_client *ret);
/* A socket for what is asked on INTERFACE; -errno without a sentence. */
MUST_CHECK int dhcp6_open(const char *interface);
/* Sends TYPE again and again until an answer of WANTED comes, or the client's end has. OFFER: the server and the address that are meant. 1; 0: none
 * did; -errno with a sentence. */
MUST_CHECK int dhcp6_exchange(struct dhcp6_client *client, enum dhcp6_type type, enum dhcp6_type wanted, const struct dhcp6_message *offer,
			      struct dhcp6_message *ret);

#endif
