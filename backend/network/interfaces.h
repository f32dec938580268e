/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Network interfaces below the context's prefix, from /sys/class/net (Documentation/ABI/testing/sysfs-class-net of the kernel). */
#ifndef LIFEBOAT_NETWORK_INTERFACES_H
#define LIFEBOAT_NETWORK_INTERFACES_H

#include "../core/bytes.h"
#include "../core/context.h"

/* Names of the interfaces that are no loopback, sorted; with DEVICE or MAC not NULL only those that are called so. NULL-ended, new; NULL when
 * there is none. */
char **network_names(const struct context *ctx, const char *device, const char *mac);
/* One line of /sys/class/net/NAME/ATTRIBUTE, new; NULL when it cannot be read. */
char *network_attribute(const struct context *ctx, const char *name, const char *attribute);
/* It has a link; of one that is down this is not known, and false. */
bool network_is_linked(const struct context *ctx, const char *name);
/* It is part of a bond or bridge, which has the address. */
bool network_is_enslaved(const struct context *ctx, const char *name);
/* Brings NAME up; that this fails is logged only: it has no link then, which is told when it is the one that is meant. */
void network_bring_up(struct context *ctx, const char *name);
/* The same of all, so that it is known which have a link; waits a few seconds for those that have none yet. */
void network_bring_all_up(struct context *ctx);

#endif
