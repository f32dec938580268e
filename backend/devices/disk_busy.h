/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What uses a disk now. */
#ifndef LIFEBOAT_DEVICES_DISK_BUSY_H
#define LIFEBOAT_DEVICES_DISK_BUSY_H

#include "../core/context.h"
#include "../layout/layout.h"

/* 1 when the device is, holds, or lies beneath something mounted, used as swap, or held by another device; -errno when that cannot be told: not to
 * know is to be careful. The reason as a new sentence in *RET_WHY (may be NULL). 0: nothing uses it. */
MUST_CHECK int disk_is_busy(struct context *ctx, const struct node *disk, char **ret_why);

#endif
