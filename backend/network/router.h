/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an IPv6 router announces (RFC 4861, 8106): the kernel takes prefixes and routes by itself, but names no name servers and does not say whether
 * a DHCPv6 server is to be asked. */
#ifndef LIFEBOAT_NETWORK_ROUTER_H
#define LIFEBOAT_NETWORK_ROUTER_H

#include "../core/bytes.h"
#include "../core/context.h"

struct router_advert {
	bool managed;            /* addresses come by DHCPv6 */
	bool other;              /* other settings do */
	char *router;            /* its address on the link, when it is a default router; else NULL */
	char **servers;          /* of names, NULL-ended or NULL */
	char *search;            /* domains, blanks between them; NULL: none */
};
void router_advert_done(struct router_advert *advert);
#define AUTO_ADVERT CLEANUP(router_advert_done)

/* Asks the routers on INTERFACE for at most SECONDS. *RET is cleared by the caller. 1; 0: none answered; -errno with a sentence. */
MUST_CHECK int router_ask(struct context *ctx, const char *interface, double seconds, struct router_advert *ret);
/* Reads an ICMPv6 message of LENGTH bytes that came from FROM. 0, -EINVAL: it is no advertisement, or one that is wrong; -ENOMEM. */
MUST_CHECK int router_parse(const uint8_t *message, size_t length, const char *from, struct router_advert *ret);
/* Names as DNS has them on the wire (RFC 1035, without compression), in a new string with blanks between them; NULL with errno EINVAL, or ENOMEM.
 * Zeros at the end are padding. */
char *dns_names_parse(const uint8_t *bytes, size_t length);

#endif
