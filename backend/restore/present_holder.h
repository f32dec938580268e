/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What captured contents lay on, found on the disks that are here and read there, be it up or not: without assembling or activating anything.
 */
#ifndef LIFEBOAT_RESTORE_PRESENT_HOLDER_H
#define LIFEBOAT_RESTORE_PRESENT_HOLDER_H

#include "../core/context.h"
#include "../layout/layout.h"

/* What of PRESENT is HOLDER, a block node of CAPTURED: by its UUID; a partition by its own or by its number in the same table. NULL: it is not
 * there. */
const struct node *present_holder_find(const struct layout *captured, const struct node *holder, const struct layout *present);
/* What HOLDER of PRESENT holds, which has no device, for reading: *RET_FD, and a name of it in *RET_PATH, a new string, which lasts as long as that
 * is open or mounted. 0; -ENODEV: it cannot be read so; -errno. Says nothing in the context. */
MUST_CHECK int present_holder_open(struct context *ctx, const struct layout *present, const struct node *holder, int *ret_fd, char **ret_path);

#endif
