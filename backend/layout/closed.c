/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "closed.h"

#include <string.h>
#include <strings.h>

static bool is_holder(const struct node *node)
{
	return node->type == NODE_RAID || node->type == NODE_LUKS || node->type == NODE_LV;
}

const struct node *layout_same_holder(const struct layout *present, const struct node *node)
{
	for (size_t i = 0; node && node->uuid && i < present->count; i++)
		if (present->nodes[i]->type == node->type && present->nodes[i]->uuid && !strcasecmp(present->nodes[i]->uuid, node->uuid))
			return present->nodes[i];
	return NULL;
}

const struct node *layout_closed_beneath(const struct layout *saved, const struct layout *present, const struct node *node)
{
	for (size_t i = 0; node->on && node->on[i]; i++) {
		const struct node *below = layout_find(saved, node->on[i]), *now, *found;

		if (!below)
			continue;
		now = is_holder(below) ? layout_same_holder(present, below) : NULL;
		if (now && !now->device)
			return now;
		/* It is up, and shows what it has. */
		found = now ? NULL : layout_closed_beneath(saved, present, below);
		if (found)
			return found;
	}
	return NULL;
}
