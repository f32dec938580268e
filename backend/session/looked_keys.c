/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "looked_keys.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../core/macro.h"

const struct looked_key *looked_keys_find(const struct looked_keys *keys, const char *uuid)
{
	for (size_t i = 0; uuid && i < keys->count; i++)
		if (!strcasecmp(keys->list[i].uuid, uuid))
			return &keys->list[i];
	return NULL;
}

void looked_keys_add(struct looked_keys *keys, const char *uuid, char *data, size_t length)
{
	struct looked_key *more = uuid && !looked_keys_find(keys, uuid) ? reallocarray(keys->list, keys->count + 1, sizeof(*more)) : NULL;
	char *copy = more ? strdup(uuid) : NULL;

	if (more)
		keys->list = more;
	if (copy) {
		keys->list[keys->count++] = (struct looked_key){ copy, data, length };
		return;
	}
	explicit_bzero(data, length);
	free(data);
}

void looked_keys_wipe(struct looked_keys *keys)
{
	for (size_t i = 0; i < keys->count; i++) {
		explicit_bzero(keys->list[i].data, keys->list[i].length);
		free(keys->list[i].data);
		free(keys->list[i].uuid);
	}
	free(TAKE_POINTER(keys->list));
	keys->count = 0;
}
