/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network looked at step by step, for a person who mends it: link, address, ping, name, port; each with its result in words. */
#ifndef LIFEBOAT_NETWORK_CHECK_H
#define LIFEBOAT_NETWORK_CHECK_H

#include <jansson.h>

#include "network.h"

/* [{"step", "ok", "text"}] of the interface that holds in STATE, or of the one that was tried last; later steps are left out where an earlier one
 * shows that they cannot be. "ok" is null where the result decides nothing. TARGET may be NULL. New reference; NULL when out of memory. *RET_REACHED: the
 * server answers at its port. */
json_t *network_check(struct context *ctx, const struct network_state *state, const struct network_target *target, bool *ret_reached);
/* One more of them; TEXT is a sentence. */
void network_check_add(json_t *results, const char *step, json_t *ok, const char *text);

#endif
