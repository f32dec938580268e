/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lvm_text.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "../core/bytes.h"

#define DEPTH_LIMIT 8
#define VALUES_LIMIT 1000000         /* of a text */
#define NAME_LIMIT 255
#define NUMBER_LIMIT 63

struct reading {
	const char *at, *end;
	size_t values;
};

static int read_section(struct reading *reading, unsigned depth, json_t **ret);

/* Blanks and comments. */
static void skip(struct reading *reading)
{
	while (reading->at < reading->end && (isspace((unsigned char)*reading->at) || *reading->at == '#')) {
		if (*reading->at == '#')
			while (reading->at < reading->end && *reading->at != '\n')
				reading->at++;
		else
			reading->at++;
	}
}

/* The next sign after blanks; 0 at the end. */
static char peek(struct reading *reading)
{
	skip(reading);
	return reading->at < reading->end ? *reading->at : '\0';
}

static bool take(struct reading *reading, char sign)
{
	if (peek(reading) != sign)
		return false;
	reading->at++;
	return true;
}

static bool is_name(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("+_.-@/", c));
}

static char *read_name(struct reading *reading)
{
	const char *start;
	size_t length;

	skip(reading);
	start = reading->at;
	while (reading->at < reading->end && is_name(*reading->at))
		reading->at++;
	length = (size_t)(reading->at - start);
	return length > 0 && length <= NAME_LIMIT ? strndup(start, length) : NULL;
}

/* After the opening quote; '\' makes the next sign a plain one. */
static int read_string(struct reading *reading, json_t **ret)
{
	AUTO_BUFFER struct buffer text = { 0 };

	for (; reading->at < reading->end; reading->at++) {
		if (*reading->at == '"') {
			reading->at++;
			*ret = json_stringn_nocheck(text.data ? text.data : "", text.length);
			return *ret ? 0 : -ENOMEM;
		}
		if (*reading->at == '\\' && ++reading->at == reading->end)
			break;
		if (buffer_append(&text, reading->at, 1) < 0)
			return -ENOMEM;
	}
	return -EINVAL;
}

static int read_number(struct reading *reading, json_t **ret)
{
	char text[NUMBER_LIMIT + 1], *end;
	size_t length = 0;
	long long number;

	while (reading->at < reading->end && *reading->at && strchr("0123456789.-", *reading->at) && length < NUMBER_LIMIT)
		text[length++] = *reading->at++;
	text[length] = '\0';
	errno = 0;
	number = strtoll(text, &end, 10);
	if (!length || errno)
		return -EINVAL;
	*ret = *end == '.' ? json_real(strtod(text, &end)) : json_integer(number);
	if (*end)
		json_decref(TAKE_POINTER(*ret));
	return *end ? -EINVAL : *ret ? 0 : -ENOMEM;
}

static int read_value(struct reading *reading, unsigned depth, json_t **ret);

static int read_list(struct reading *reading, unsigned depth, json_t **ret)
{
	json_t *list = json_array();
	int r = list ? 0 : -ENOMEM;

	while (!r && !take(reading, ']')) {
		json_t *value = NULL;

		if (json_array_size(list) && !take(reading, ','))
			r = -EINVAL;
		if (!r && json_array_size(list) && take(reading, ']'))
			break;
		if (!r)
			r = read_value(reading, depth + 1, &value);
		if (!r && json_array_append_new(list, value))
			r = -ENOMEM;
	}
	if (r)
		json_decref(list);
	else
		*ret = list;
	return r;
}

static int read_value(struct reading *reading, unsigned depth, json_t **ret)
{
	if (depth > DEPTH_LIMIT || ++reading->values > VALUES_LIMIT)
		return -E2BIG;
	if (take(reading, '"'))
		return read_string(reading, ret);
	if (take(reading, '['))
		return read_list(reading, depth, ret);
	return read_number(reading, ret);
}

static int read_member(struct reading *reading, unsigned depth, json_t *section)
{
	AUTO_FREE char *name = read_name(reading);
	json_t *value = NULL;
	int r;

	if (!name || json_object_get(section, name))
		return -EINVAL;
	if (take(reading, '{')) {
		r = read_section(reading, depth + 1, &value);
		if (!r && !take(reading, '}'))
			r = -EINVAL;
	} else {
		r = take(reading, '=') ? read_value(reading, depth, &value) : -EINVAL;
	}
	if (!r)
		return json_object_set_new_nocheck(section, name, value) ? -ENOMEM : 0;
	json_decref(value);
	return r;
}

/* Members up to a closing brace or the end. */
static int read_section(struct reading *reading, unsigned depth, json_t **ret)
{
	json_t *section = json_object();
	int r = !section ? -ENOMEM : depth > DEPTH_LIMIT || ++reading->values > VALUES_LIMIT ? -E2BIG : 0;

	while (!r && peek(reading) && peek(reading) != '}')
		r = read_member(reading, depth, section);
	if (r)
		json_decref(section);
	else
		*ret = section;
	return r;
}

int lvm_text_parse(const char *text, size_t length, json_t **ret)
{
	struct reading reading = { .at = text, .end = text + strnlen(text, length) };
	json_t *root = NULL;
	int r = length > LVM_TEXT_LIMIT ? -E2BIG : read_section(&reading, 0, &root);

	if (!r && reading.at < reading.end)
		r = -EINVAL;
	if (r)
		json_decref(root);
	else
		*ret = root;
	return r;
}
