/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is known of the interfaces that were tried. */
#ifndef LIFEBOAT_NETWORK_STATE_H
#define LIFEBOAT_NETWORK_STATE_H

#include "network.h"

/* The entry of NAME, made where there is none; valid until the next one is made. NULL when out of memory. */
struct network_interface *network_entry(const struct context *ctx, struct network_state *state, const char *name);
/* What every interface lacks, in one text. New; NULL: nothing, or out of memory. */
char *network_problems(const struct network_state *state);

#endif
