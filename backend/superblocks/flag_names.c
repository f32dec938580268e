/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flag_names.h"

#include <errno.h>
#include <stdlib.h>

#include "../core/bytes.h"

int flags_to_list(uint64_t flags, const struct flag_name *names, size_t count, char **list, uint64_t *unknown)
{
	for (size_t i = 0; i < count; i++) {
		char *longer;

		if (!(flags & names[i].bit))
			continue;
		flags &= ~names[i].bit;
		if (!names[i].name)
			continue;
		longer = text_format("%s%s%s", *list ? *list : "", *list ? "," : "", names[i].name);
		if (!longer)
			return -ENOMEM;
		free(*list);
		*list = longer;
	}
	*unknown = flags;
	return 0;
}
