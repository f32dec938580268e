/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan_images.h"

#include <errno.h>

#include "../layout/image.h"
#include "../storage/actions.h"
#include "../storage/device.h"
#include "../storage/hold.h"

static int open_image(struct context *ctx, const struct plan *plan, const struct node *node, bool for_writing, struct image_device *device)
{
	const struct node *holder = device_holder(plan->target.result, node);
	int r = for_writing ? hold_open_alone(ctx, &plan->target, holder, &device->fd) : hold_open(ctx, &plan->target, holder, &device->fd);

	if (r < 0)
		return r;
	device->node = node;
	r = for_writing || !image_has_unused(node) ? 0 : image_map_read(ctx, device, NULL);
	/* Blocks that do not tell what they use any more differ; that is found when they are compared. */
	return r == -ENOMEM ? context_oom(ctx) : r < 0 ? r : 0;
}

int plan_images_open(struct context *ctx, const struct plan *plan, bool for_writing, struct image_device **ret)
{
	AUTO_IMAGE_DEVICES struct image_device *devices = calloc(plan->count + 1, sizeof(*devices));
	size_t count = 0;
	int r = devices ? 0 : context_oom(ctx);

	for (size_t i = 0; r == 0 && i < plan->count; i++)
		if (plan->actions[i].type == &action_image)
			r = open_image(ctx, plan, plan->actions[i].node, for_writing, &devices[count++]);
	if (r == 0)
		*ret = TAKE_POINTER(devices);
	return r;
}
