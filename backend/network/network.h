/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network of the rescue system: interfaces are set up as the configuration says, one after the other, until one reaches the server that the
 * network is for. Every interface keeps what came of it, in words.
 */
#ifndef LIFEBOAT_NETWORK_NETWORK_H
#define LIFEBOAT_NETWORK_NETWORK_H

#include "config.h"
#include "lease.h"
#include "target.h"

struct network_interface {
	char *name, *mac;
	bool linked;
	struct network_lease lease; /* address NULL: it got none */
	char *problem;           /* a sentence; NULL: none */
};

struct network_state {
	struct network_interface *interfaces; /* those that were tried */
	size_t count;
	ssize_t current;         /* the one whose default route and name servers hold; -1: none */
	char *note;              /* what came of it, for people; NULL: nothing was wanted */
};

/* Carries CONFIG out. With TARGET it is done when that answers, without (NULL) when every request is carried out. *RET is cleared by the caller
 * and filled in any case. 0, or -errno with a sentence that names every interface that was tried and what each lacked. */
MUST_CHECK int network_setup(struct context *ctx, const struct network_config *config, const struct network_target *target,
			     struct network_state *ret);
void network_state_done(struct network_state *state);
#define AUTO_NETWORK_STATE CLEANUP(network_state_done)

#endif
