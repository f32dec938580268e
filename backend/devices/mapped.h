/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Devices of device mapper by the names that their tools give them.
 */
#ifndef LIFEBOAT_DEVICES_MAPPED_H
#define LIFEBOAT_DEVICES_MAPPED_H

#include "../core/context.h"

/* The device called NAME (/dev/mapper/NAME): its kernel name ("dm-3") and what its tool calls it unambiguously ("CRYPT-LUKS2-..."; "" where it says
 * nothing), new strings; NULL when there is none. RET_UUID may be NULL. 0 or -errno. */
MUST_CHECK int mapped_find(const struct context *ctx, const char *name, char **ret_kernel, char **ret_uuid);

#endif
