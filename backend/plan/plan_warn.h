/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What of the captured machine does not come back as it was, for people.
 */
#ifndef LIFEBOAT_PLAN_PLAN_WARN_H
#define LIFEBOAT_PLAN_PLAN_WARN_H

#include "../fit/map.h"
#include "../storage/target.h"

/* Says as warnings what MAP and the wishes that led from ADAPTED to TARGET's wanted layout leave out, or make less safe than it was. 0 or -errno
 * with a sentence. */
MUST_CHECK int plan_warn(struct context *ctx, const struct target *target, const struct layout *adapted, const struct disk_map *map);

#endif
