/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "convert_set.h"

#include <stdlib.h>

#include "../sink/convert.h"

int verb_convert(struct context *ctx, const char *from, const char *to, struct converted_set *result)
{
	struct convert_result converted;
	int r = set_convert(ctx, from, to, &converted);

	*result = (struct converted_set){ converted.set_id, converted.segments, converted.bytes };
	return r;
}

void converted_set_done(struct converted_set *result)
{
	free(result->set_id);
	*result = (struct converted_set){ 0 };
}
