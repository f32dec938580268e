/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "wanted.h"

#include <errno.h>

#include "../layout/copies.h"
#include "table_kind.h"
#include "wishes.h"

/* Gives copies of filesystems UUIDs of their own, which follow from the set: the same for each plan. 0 or -ENOMEM. */
static int settle_copies(struct layout *layout)
{
	AUTO_FREE const struct node **originals = NULL;
	int r = copies_find(layout, &originals);

	for (size_t i = 0; r == 0 && i < layout->count; i++) {
		struct node *node = layout->nodes[i];
		char *uuid = originals[i] ? table_derived_uuid(layout, node, "copy") : NULL;

		if (!originals[i])
			continue;
		if (!uuid)
			return -ENOMEM;
		free(node->uuid);
		node->uuid = uuid;
	}
	return r;
}

int wanted_make(struct context *ctx, const struct circumstances *circumstances, const struct layout *captured, struct layout **ret_adapted,
		struct layout **ret)
{
	AUTO_LAYOUT struct layout *adapted = NULL;
	int r = adapt_layout(ctx, circumstances, captured, &adapted);

	if (r == 0)
		r = wishes_apply(ctx, circumstances->wishes, adapted, ret);
	if (r == 0 && settle_copies(*ret) < 0) {
		layout_free(TAKE_POINTER(*ret));
		r = context_oom(ctx);
	}
	if (r == 0 && ret_adapted)
		*ret_adapted = TAKE_POINTER(adapted);
	return r;
}
