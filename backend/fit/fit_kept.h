/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What of the wanted layout is made when not all of its disks are restored.
 */
#ifndef LIFEBOAT_FIT_FIT_KEPT_H
#define LIFEBOAT_FIT_FIT_KEPT_H

#include "map.h"

/* A copy of WANTED without the disks that MAP gives no target, and without what lies on them; an array that can do without these members stays,
 * degraded. 0 or -errno with a sentence. */
MUST_CHECK int fit_kept(struct context *ctx, const struct layout *wanted, const struct disk_map *map, struct layout **ret);

#endif
