/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network of the rescue system, only when it was asked for: ip= (network_request.h) and BOOTIF=. DHCP is busybox's udhcpc, the rest
 * iproute2's ip. Where no interface is named it is the first that has a link.
 */
#ifndef LIFEBOAT_MACHINE_NETWORK_H
#define LIFEBOAT_MACHINE_NETWORK_H

#include "../core/bytes.h"
#include "../core/context.h"

/* Carries out every ip= argument (IP: NULL-ended or NULL); BOOTIF (a MAC address or NULL) names the interface where the argument
 * does not, and means DHCP on it when there is no argument. *RET: one sentence for each interface that is up, NULL-ended, new. 0, or
 * -errno with the sentence of the first that failed. */
int network_setup(struct context *ctx, char *const *ip, const char *bootif, char ***ret);

/* Names of the interfaces below the context's prefix that are no loopback, sorted; with DEVICE or MAC not NULL only those that are called
 * so. NULL-ended, new; NULL when there is none. */
char **network_names(const struct context *ctx, const char *device, const char *mac);

#endif
