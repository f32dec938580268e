/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "wanted.h"

#include "wishes.h"

int wanted_make(struct context *ctx, const struct circumstances *circumstances, const struct layout *captured, struct layout **ret_adapted,
		struct layout **ret)
{
	AUTO_LAYOUT struct layout *adapted = NULL;
	int r = adapt_layout(ctx, circumstances, captured, &adapted);

	if (r == 0)
		r = wishes_apply(ctx, circumstances->wishes, adapted, ret);
	if (r == 0 && ret_adapted)
		*ret_adapted = TAKE_POINTER(adapted);
	return r;
}
