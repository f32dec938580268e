/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "verify_set.h"

#include <string.h>

#include "../set/set.h"

int verb_verify(struct context *ctx, const char *location, uint64_t memory, struct verify_result *result, char **ret_id)
{
	AUTO_SET struct set *set = NULL;
	int r = set_open_passing(ctx, location, &set);

	*result = (struct verify_result){ 0 };
	if (r < 0)
		return r;
	*ret_id = strdup(set_manifest(set)->set_id);
	return *ret_id ? set_verify(ctx, set, &(struct verify_options){ .memory = memory }, result) : context_oom(ctx);
}
