/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An address for one interface, by the way that a request names. */
#ifndef LIFEBOAT_NETWORK_ADDRESS_H
#define LIFEBOAT_NETWORK_ADDRESS_H

#include "lease.h"
#include "request.h"

/* INTERFACE is up and gets its address, and its MTU and MAC address where REQUEST names them. ANEW: what somebody gave it before goes. *RET is
 * cleared by the caller. 0, or -errno with a sentence. */
MUST_CHECK int address_get(struct context *ctx, const struct network_request *request, const char *interface, bool fresh, struct network_lease *ret);

#endif
