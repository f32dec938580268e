/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "array_members.h"

#include <errno.h>
#include <string.h>

#define PREFIX "member_"

const char *array_member(const struct node *array, size_t member, const char *what)
{
	AUTO_FREE char *key = text_format(PREFIX "%zu_%s", member, what);

	return key ? node_property(array, key) : NULL;
}

bool array_role_is_place(const char *role)
{
	return role && *role >= '0' && *role <= '9';
}

int array_set_role(struct node *array, size_t member, const char *role)
{
	AUTO_FREE char *key = text_format(PREFIX "%zu_role", member);

	return key ? node_property_set(array, key, role) : -ENOMEM;
}

/* Number of the member that KEY, "member_N_...", tells of; *REST: behind the number. SIZE_MAX: of none. */
static size_t member_of(const char *key, const char **rest)
{
	size_t digits = strncmp(key, PREFIX, strlen(PREFIX)) ? 0 : strspn(key + strlen(PREFIX), "0123456789");
	AUTO_FREE char *number = digits ? strndup(key + strlen(PREFIX), digits) : NULL;
	uint64_t value;

	*rest = key + strlen(PREFIX) + digits;
	return number && parse_u64(number, &value) ? (size_t)value : SIZE_MAX;
}

int array_remove(struct node *array, const bool *gone)
{
	struct node kept = { .type = array->type };
	size_t count = strv_length(array->on);
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++)
		if (!gone[i])
			r = strv_append(&kept.on, array->on[i]);
	for (size_t i = 0; r == 0 && i < array->property_count; i++) {
		const char *rest;
		size_t member = member_of(array->properties[i].key, &rest), place = 0;
		AUTO_FREE char *key = NULL;

		if (member < count && gone[member])
			continue;
		for (size_t k = 0; member < count && k < member; k++)
			place += !gone[k];
		key = member < count ? text_format(PREFIX "%zu%s", place, rest) : strdup(array->properties[i].key);
		r = key ? node_property_set(&kept, key, array->properties[i].value) : -ENOMEM;
	}
	if (r < 0) {
		strv_free(kept.on);
		node_properties_clear(&kept);
		return r;
	}
	strv_free(array->on);
	node_properties_clear(array);
	array->on = kept.on;
	array->properties = kept.properties;
	array->property_count = kept.property_count;
	return 0;
}

int array_add(struct node *array, const char *id, const char *role)
{
	size_t member = strv_length(array->on);
	AUTO_FREE char *key = text_format(PREFIX "%zu_data_offset", member);
	const char *offset = array_member(array, 0, "data_offset");
	int r = key ? strv_append(&array->on, id) : -ENOMEM;

	if (r == 0)
		r = array_set_role(array, member, role);
	return r == 0 && offset ? node_property_set(array, key, offset) : r;
}
