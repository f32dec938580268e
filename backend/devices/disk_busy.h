/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What uses a disk now. */
#ifndef LIFEBOAT_DEVICES_DISK_BUSY_H
#define LIFEBOAT_DEVICES_DISK_BUSY_H

#include "../core/context.h"
#include "../layout/layout.h"

/* True when the device is, holds, or lies beneath something mounted, used as swap, or held by another device, and when that cannot be told;
 * the reason as a new sentence in *RET_WHY (may be NULL). */
bool disk_is_busy(struct context *ctx, const struct node *disk, char **ret_why);

#endif
