/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arrays that are up: whether a name is free; up_array of brought_up.h stops them.
 */
#ifndef LIFEBOAT_STACK_RAID_STOP_H
#define LIFEBOAT_STACK_RAID_STOP_H

#include "../core/context.h"

/* Whether the kernel has no array under NAME ("md127"). */
bool raid_is_free(const struct context *ctx, const char *name);

#endif
