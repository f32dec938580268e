/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Settings that a person typed for the rescue system and wants in the restored one, too: for the network card with a MAC address. */
#ifndef LIFEBOAT_NETWORK_KEPT_H
#define LIFEBOAT_NETWORK_KEPT_H

#include "network.h"

struct network_kept {
	char mac[NETWORK_MAC_SIZE];    /* of the card */
	unsigned vlan;                 /* on it; 0: none */
	struct network_config config;  /* one request, and name servers */
};

/* Of SETTINGS, an answer of the question "network" that asks for it ("keep") and holds as STATE says: the same with the card's name and its "mac" in
 * *RET, new; NULL: it does not ask. 0, or -errno with a sentence: an interface that no MAC address tells from others. */
MUST_CHECK int network_keep(struct context *ctx, json_t *settings, const struct network_state *state, json_t **ret);
/* *RET of what network_keep() gave; cleared by the caller, released by network_kept_done() in any case. 0, or -errno with a sentence. */
MUST_CHECK int network_kept_of(struct context *ctx, json_t *kept, struct network_kept *ret);
void network_kept_done(struct network_kept *kept);
#define AUTO_NETWORK_KEPT CLEANUP(network_kept_done)

#endif
