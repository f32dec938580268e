/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lvm_text.h"

#include <errno.h>
#include <string.h>

#include "../core/bytes.h"

static int append(struct buffer *text, const char *more)
{
	return buffer_append(text, more, strlen(more));
}

static int print_string(struct buffer *text, const char *string)
{
	int r = append(text, "\"");

	for (; !r && *string; string++) {
		if (*string == '"' || *string == '\\')
			r = append(text, "\\");
		if (!r)
			r = buffer_append(text, string, 1);
	}
	return r ? r : append(text, "\"");
}

static int print_value(struct buffer *text, json_t *value)
{
	AUTO_FREE char *number = NULL;
	json_t *member;
	size_t i;
	int r;

	if (json_is_string(value))
		return print_string(text, json_string_value(value));
	if (json_is_array(value)) {
		r = append(text, "[");
		json_array_foreach(value, i, member) {
			if (!r && i)
				r = append(text, ", ");
			if (!r)
				r = json_is_array(member) ? -EINVAL : print_value(text, member);
		}
		return r ? r : append(text, "]");
	}
	if (!json_is_integer(value))
		return -EINVAL;
	number = text_format("%lld", (long long)json_integer_value(value));
	return number ? append(text, number) : -ENOMEM;
}

static int print_section(struct buffer *text, json_t *section)
{
	const char *name;
	json_t *value;
	int r = 0;

	json_object_foreach(section, name, value) {
		r = append(text, name);
		if (!r)
			r = append(text, json_is_object(value) ? " {\n" : " = ");
		if (!r)
			r = json_is_object(value) ? print_section(text, value) : print_value(text, value);
		if (!r)
			r = append(text, json_is_object(value) ? "}\n" : "\n");
		if (r)
			return r;
	}
	return r;
}

int lvm_text_print(json_t *root, char **ret)
{
	AUTO_BUFFER struct buffer text = { 0 };
	int r = print_section(&text, root);

	if (!r)
		r = buffer_append(&text, "", 1);
	if (!r)
		*ret = TAKE_POINTER(text.data);
	return r;
}
