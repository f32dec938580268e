/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "label.h"

#include <errno.h>
#include <string.h>

#include "../core/bytes.h"

#define VERSION 1

static const char label_format[] = "lifeboat tape", end_format[] = "lifeboat tape end";

bool tape_block_is_good(uint64_t block)
{
	return is_power_of_two(block) && block >= TAPE_BLOCK_MIN && block <= TAPE_BLOCK_MAX;
}

bool tape_name_is_good(const char *name)
{
	return strlen(name) <= TAPE_NAME_MAX && text_is_plain(name);
}

static void *print(json_t *object, uint32_t block)
{
	AUTO_FREE char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;
	char *record = text && strlen(text) < block ? calloc(1, block) : NULL;

	if (record)
		memcpy(record, text, strlen(text));
	json_decref(object);
	return record;
}

void *tape_label_print(const struct tape_label *label)
{
	return print(json_pack("{s:s, s:i, s:s, s:I, s:I, s:I, s:s, s:s}", "format", label_format, "version", VERSION, "series", label->series,
			       "number", (json_int_t)label->number, "offset", (json_int_t)label->offset, "block", (json_int_t)label->block, "name",
			       label->name, "created", label->created),
		     label->block);
}

void *tape_end_print(const struct tape_end *end, uint32_t block)
{
	return print(json_pack("{s:s, s:i, s:s, s:I, s:I, s:b}", "format", end_format, "version", VERSION, "series", end->series, "number",
			       (json_int_t)end->number, "offset", (json_int_t)end->offset, "last", end->last),
		     block);
}

/* The object at the beginning of RECORD, with zeros behind it and nothing else; NULL: there is none. */
static json_t *parse(const void *record, size_t length, const char *format)
{
	const char *text = record, *end = memchr(record, '\0', length);
	size_t size = end ? (size_t)(end - text) : length;
	json_t *object;

	if (!tape_block_is_good(length) || *text != '{' || size > TAPE_BLOCK_MIN)
		return NULL;
	for (size_t i = size; i < length; i++)
		if (text[i])
			return NULL;
	object = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
	if (!object || !json_is_string(json_object_get(object, "format")) || strcmp(json_string_value(json_object_get(object, "format")), format) ||
	    json_integer_value(json_object_get(object, "version")) != VERSION) {
		json_decref(object);
		return NULL;
	}
	return object;
}

static bool take_text(const json_t *object, const char *name, char *ret, size_t size)
{
	const char *text = json_string_value(json_object_get(object, name));

	if (!text || strlen(text) >= size || !text_is_plain(text))
		return false;
	memset(ret, 0, size);
	memcpy(ret, text, strlen(text));
	return true;
}

static bool take_number(const json_t *object, const char *name, uint64_t limit, uint64_t *ret)
{
	const json_t *value = json_object_get(object, name);

	*ret = (uint64_t)json_integer_value(value);
	return json_is_integer(value) && json_integer_value(value) >= 0 && *ret <= limit;
}

static bool take_place(const json_t *object, char series[UUID_STR_LEN], uint32_t *ret_number, uint64_t *ret_offset)
{
	uint64_t number;
	uuid_t id;

	if (!take_text(object, "series", series, UUID_STR_LEN) || uuid_parse(series, id) < 0 || !take_number(object, "number", TAPES_MAX, &number) ||
	    !take_number(object, "offset", INT64_MAX, ret_offset))
		return false;
	*ret_number = (uint32_t)number;
	return true;
}

int tape_label_parse(const void *record, size_t length, struct tape_label *ret)
{
	json_t *object = parse(record, length, label_format);
	struct tape_label label = { 0 };
	uint64_t block = 0;
	bool good = object && take_place(object, label.series, &label.number, &label.offset) &&
		    take_number(object, "block", TAPE_BLOCK_MAX, &block) && block == length &&
		    take_text(object, "name", label.name, sizeof(label.name)) && take_text(object, "created", label.created, sizeof(label.created));

	json_decref(object);
	label.block = (uint32_t)block;
	if (good)
		*ret = label;
	return good;
}

int tape_end_parse(const void *record, size_t length, struct tape_end *ret)
{
	json_t *object = parse(record, length, end_format);
	struct tape_end end = { 0 };
	bool good = object && take_place(object, end.series, &end.number, &end.offset) && json_is_boolean(json_object_get(object, "last"));

	end.last = json_is_true(json_object_get(object, "last"));
	json_decref(object);
	if (good)
		*ret = end;
	return good;
}
