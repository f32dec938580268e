/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A DHCPv6 client (RFC 8415), as much of it as a machine needs that is to reach a server once: it asks for one address, or for name servers only.
 * A process of its own renews the address (dhcp6_keep()). */
#ifndef LIFEBOAT_NETWORK_DHCP6_H
#define LIFEBOAT_NETWORK_DHCP6_H

#include "../core/bytes.h"
#include "../core/context.h"

struct dhcp6_lease {
	char *address;           /* NULL: none was asked for, or given */
	char **servers;          /* of names, NULL-ended or NULL */
	char *search;            /* domains, blanks between them; NULL: none */
	/* Seconds from the reply on: when its server is asked to renew, when any server is, until when the address may be used; DHCP6_FOREVER. */
	uint32_t renew, rebind, valid;
};
#define DHCP6_FOREVER UINT32_MAX
void dhcp6_lease_done(struct dhcp6_lease *lease);

enum dhcp6_type {
	DHCP6_SOLICIT = 1, DHCP6_ADVERTISE = 2, DHCP6_REQUEST = 3, DHCP6_RENEW = 5, DHCP6_REBIND = 6, DHCP6_REPLY = 7, DHCP6_INFORMATION = 11,
};

#define DHCP6_DUID_MAX 130

/* What a message says, and what it must say to be meant. */
struct dhcp6_message {
	uint8_t type;
	uint32_t transaction;    /* 24 bits */
	uint8_t server[DHCP6_DUID_MAX];
	size_t server_length;    /* 0: it names none */
	unsigned status;         /* 0: good; else the code of the message or of what was asked for */
	struct dhcp6_lease lease;
};

/* Asks on INTERFACE, for an address (WITH_ADDRESS) or not, for at most SECONDS. *RET is cleared by the caller. 1 with the reply; 0: no server
 * answered; -errno with a sentence: one refused, or it cannot be asked. The address is not put on the interface. */
MUST_CHECK int dhcp6_ask(struct context *ctx, const char *interface, bool with_address, double seconds, struct dhcp6_message *ret);
/* Starts the process that renews the address of REPLY, which is on INTERFACE: a lease that was lost, and a new address, which takes its place, are
 * told in the kernel's log. It stays when its caller ends. 0 or -errno without a sentence. */
MUST_CHECK int dhcp6_keep(const char *interface, const struct dhcp6_message *reply);
/* Nobody renews an address of INTERFACE from now on; it stays. */
void dhcp6_end(const char *interface);

/* Reads an answer for the client CLIENT (its DUID), whose association has the number IAID. 0; -EINVAL: it is wrong or not for this client;
 * -ENOMEM. */
MUST_CHECK int dhcp6_parse(const uint8_t *bytes, size_t length, const uint8_t *client, size_t client_length, uint32_t iaid,
			   struct dhcp6_message *ret);

#endif
