/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "wiped_json.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

static void free_wiped(void *memory)
{
	if (memory)
		explicit_bzero(memory, malloc_usable_size(memory));
	free(memory);
}

void json_wipe_when_freed(void)
{
	json_set_alloc_funcs(malloc, free_wiped);
}
