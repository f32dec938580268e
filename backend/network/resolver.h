/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Name servers, in resolv.conf(5). */
#ifndef LIFEBOAT_NETWORK_RESOLVER_H
#define LIFEBOAT_NETWORK_RESOLVER_H

#include "../core/bytes.h"
#include "../core/context.h"

#define RESOLVER_FILE "/etc/resolv.conf"

/* Names are asked of FIRST, then of THEN (NULL: none), and looked for below SEARCH (NULL: nowhere). Without any server the file stays as it
 * is. A warning where it cannot be written. */
void resolver_set(struct context *ctx, char *const *first, char *const *then, const char *search);

#endif
