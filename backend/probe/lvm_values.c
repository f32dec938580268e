/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lvm_values.h"

#include <errno.h>
#include <string.h>

/* What LVM counts in sectors is told in bytes. */
static bool counts_sectors(const char *key)
{
	static const char *const keys[] = { "extent_size", "dev_size", "pe_start", "ba_start", "ba_size", "stripe_size", "chunk_size",
					    "region_size", "metadata_start", "metadata_len", "data_start", "data_len" };

	for (size_t i = 0; i < ARRAY_LENGTH(keys); i++)
		if (!strcmp(keys[i], key))
			return true;
	return false;
}

/* The UUID of a physical volume that the metadata call NAME; all else is called by its name. */
static const char *area_name(const struct lvm_group *group, const char *name)
{
	json_t *volume = group ? json_object_get(json_object_get(group->section, "physical_volumes"), name) : NULL;
	const char *id = lvm_text_of(volume, "id");

	return id ? id : name;
}

static int append_text(struct buffer *text, const char *more)
{
	return buffer_append(text, more, strlen(more));
}

/* "UUID:0 UUID:128": what a list names, each with the number behind it. */
static int append_list(struct buffer *text, const struct lvm_group *group, json_t *list)
{
	json_t *value;
	size_t i;
	int r = 0;

	json_array_foreach(list, i, value) {
		AUTO_FREE char *number = json_is_integer(value) ? text_format(":%lld", (long long)json_integer_value(value)) : NULL;

		if (json_is_integer(value) && !number)
			return -ENOMEM;
		if (json_is_string(value) && i)
			r = append_text(text, " ");
		if (!r && json_is_string(value))
			r = append_text(text, area_name(group, json_string_value(value)));
		else if (!r && number)
			r = append_text(text, number);
		if (r)
			return r;
	}
	return 0;
}

static int append_value(struct buffer *text, const struct lvm_group *group, const char *key, json_t *value)
{
	AUTO_FREE char *number = NULL;
	const char *name;
	json_t *member;
	int r = 0;

	if (json_is_string(value))
		return append_text(text, json_string_value(value));
	if (json_is_array(value))
		return append_list(text, group, value);
	if (json_is_integer(value))
		number = text_format("%lld", (long long)json_integer_value(value) * (counts_sectors(key) ? LVM_SECTOR : 1));
	else if (json_is_real(value))
		number = text_format("%f", json_real_value(value));
	if (!json_is_object(value))
		return number ? append_text(text, number) : -ENOMEM;
	json_object_foreach(value, name, member) {
		if (json_is_object(member) || json_is_array(member))
			continue;
		if (text->length && (r = append_text(text, ",")))
			return r;
		r = append_text(text, name);
		if (!r)
			r = append_text(text, "=");
		if (!r)
			r = append_value(text, group, name, member);
		if (r)
			return r;
	}
	return 0;
}

/* The UUID is the node's own, a device's name is a hint of LVM's, and the bootloader area was told by the label. */
static bool is_told_elsewhere(const char *key)
{
	static const char *const keys[] = { "id", "device", "ba_start", "ba_size", "segment_count" };

	for (size_t i = 0; i < ARRAY_LENGTH(keys); i++)
		if (!strcmp(keys[i], key))
			return true;
	return false;
}

static bool is_key(const char *key)
{
	return *key && !is_told_elsewhere(key) && strlen(key) <= 40 && strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(key);
}

static bool is_plain(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return false;
	return true;
}

int lvm_set_values(struct node *node, const char *prefix, const struct lvm_group *group, json_t *section)
{
	const char *key;
	json_t *value;
	int r;

	json_object_foreach(section, key, value) {
		AUTO_FREE char *name = text_format("%s%s", prefix, key);
		AUTO_BUFFER struct buffer text = { 0 };

		if (!is_key(key) || (json_is_object(value) && !*prefix))
			continue;
		r = name ? append_value(&text, group, key, value) : -ENOMEM;
		if (!r && text.length && text.length <= LAYOUT_TEXT_LIMIT && strlen(text.data) == text.length && is_plain(text.data))
			r = node_property_set(node, name, text.data);
		if (r && r != -E2BIG)
			return r;
	}
	return 0;
}

int lvm_set_text(char **field, const char *text)
{
	free(*field);
	*field = strdup(text);
	return *field ? 0 : -ENOMEM;
}
