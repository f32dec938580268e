/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "luks_keys.h"

#include <errno.h>
#include <string.h>

static void wipe(char *data, size_t length)
{
	if (data)
		explicit_bzero(data, length);
	free(data);
}

static struct luks_key *find(const struct target *target, const char *id)
{
	for (size_t i = 0; i < target->key_count; i++)
		if (!strcmp(target->keys[i].id, id))
			return &target->keys[i];
	return NULL;
}

const struct luks_key *luks_keys_of(const struct target *target, const char *id)
{
	return find(target, id);
}

int luks_keys_set(struct target *target, const char *id, const char *key, size_t length, char *header, size_t header_length)
{
	struct luks_key *entry = find(target, id), *more;
	char *copy = malloc(length + 1), *name = entry ? NULL : strdup(id);

	if (copy)
		memcpy(copy, key, length);
	if (!entry && copy && name && (more = reallocarray(target->keys, target->key_count + 1, sizeof(*more)))) {
		target->keys = more;
		entry = &more[target->key_count++];
		*entry = (struct luks_key){ .id = TAKE_POINTER(name) };
	}
	free(name);
	if (!entry || !copy) {
		wipe(copy, copy ? length : 0);
		wipe(header, header_length);
		return -ENOMEM;
	}
	wipe(entry->key, entry->length);
	wipe(entry->header, entry->header_length);
	*entry = (struct luks_key){ entry->id, copy, header, length, header_length };
	return 0;
}

void luks_keys_wipe(struct target *target)
{
	for (size_t i = 0; i < target->key_count; i++) {
		wipe(target->keys[i].key, target->keys[i].length);
		wipe(target->keys[i].header, target->keys[i].header_length);
		free(target->keys[i].id);
	}
	free(TAKE_POINTER(target->keys));
	target->key_count = 0;
}
