/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Volumes of which another one has all. */
#ifndef LIFEBOAT_STORAGE_VOLUMES_BOUND_H
#define LIFEBOAT_STORAGE_VOLUMES_BOUND_H

#include "volumes.h"

/* Leaves out the volumes that show a directory of FILESYSTEM (of LAYOUT; here it is the block device DEVICE), all of which is captured at PATH.
 * 0 or -ENOMEM. */
int volumes_leave_bound(struct volumes *volumes, const struct layout *layout, const struct node *filesystem, const char *device,
			const char *path);

#endif
