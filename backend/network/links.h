/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of interfaces by their MAC addresses, bonds and VLANs: what is there before any address is asked for. */
#ifndef LIFEBOAT_NETWORK_LINKS_H
#define LIFEBOAT_NETWORK_LINKS_H

#include "config.h"

/* Gives interfaces the names of CONFIG and makes its bonds and VLANs; what is there already stays. Interfaces that are named may appear for a
 * while. 0 or -errno with a sentence. */
MUST_CHECK int links_make(struct context *ctx, const struct network_config *config);

#endif
