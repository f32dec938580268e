/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The place of an image (layout/image.h): what says what was there before goes, and its blocks come with the files of the set.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "actions.h"
#include "content.h"
#include "device.h"

static int image_check(struct context *ctx, const struct target *target, const struct action *action)
{
	const struct node *node = action->node, *holder = device_holder(target->result, node);
	AUTO_FREE char *name = node_describe(node), *size = bytes_print_size(node->size), *room = NULL;

	if (!holder || !layout_find(target->captured, node->id))
		return context_fail(ctx, EINVAL, "%s is no part of the captured layout", node->id);
	room = bytes_print_size(layout_room_on(target->result, holder));
	if (layout_room_on(target->result, holder) < node->size)
		return context_fail(ctx, ENOSPC, "The image of the %s needs %s, and %s has %s: an image does not become smaller", name ? name : node->id,
				    size ? size : "?", holder->device, room ? room : "?");
	return 0;
}

static char *image_print(const struct target *target, const struct action *action)
{
	const struct node *node = action->node;
	AUTO_FREE char *name = node_describe(node);

	(void)target;
	return name ? sentence("Make room on %s for the image of the %s", node->device, name) : NULL;
}

static int image_run(struct context *ctx, struct target *target, struct action *action)
{
	AUTO_CLOSE int fd = -1;

	return content_prepare_holder(ctx, target, device_holder(target->result, action->node), &fd);
}

/* Which of its parts are there the journal tells. */
static bool image_stays(const struct action *action)
{
	(void)action;
	return true;
}

const struct action_type action_image = {
	.name = "image",
	.destructive = true,
	.check = image_check,
	.print = image_print,
	.run = image_run,
	.stays = image_stays,
};
