/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Logical volumes that are only looked into: mapped read-only by device mapper alone, without LVM, so that no byte of them or of their group's
 * metadata changes. Linear and striped ones of any number of segments, thin ones with their pool, and of mirrors (RAID 1) an image that is whole.
 */
#ifndef LIFEBOAT_STORAGE_VOLUME_LOOK_H
#define LIFEBOAT_STORAGE_VOLUME_LOOK_H

#include "../core/context.h"
#include "../layout/layout.h"

/* Whether VOLUME of LAYOUT is of a kind that can be looked into so. */
bool volume_look_can(const struct layout *layout, const struct node *volume);
/* Maps VOLUME of PRESENT, which is not active. It is there until the last of its users has closed it: *RET_FD and mounts; *RET_DEVICE, a new string,
 * is its path. 0 or -errno with a sentence. */
MUST_CHECK int volume_look(struct context *ctx, const struct layout *present, const struct node *volume, int *ret_fd, char **ret_device);

#endif
