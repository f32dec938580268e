/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The devices of a plan that images go onto. */
#ifndef LIFEBOAT_PLAN_PLAN_IMAGES_H
#define LIFEBOAT_PLAN_PLAN_IMAGES_H

#include "../storage/image_map.h"
#include "plan.h"

/* Opens all of them, each checked to be the held one, when plan_run() has made their places: for writing, alone, or for reading, with the blocks
 * that are used. *RET, to be freed by image_devices_free(), borrows from the plan; an empty list where it has no images. 0 or -errno with a
 * sentence. */
MUST_CHECK int plan_images_open(struct context *ctx, const struct plan *plan, bool for_writing, struct image_device **ret);

#endif
