/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fields.h"

#include <errno.h>
#include <libmount/libmount.h>
#include <string.h>

void fields_split(const char *line, size_t length, struct fields *ret)
{
	const char *end = line + length;

	memset(ret, 0, sizeof(*ret));
	for (const char *at = line; ret->count < FIELDS; ret->count++) {
		while (at < end && strchr(" \t\r", *at))
			at++;
		if (at == end || *at == '#')
			return;
		ret->start[ret->count] = at;
		while (at < end && !strchr(" \t\r", *at))
			at++;
		ret->length[ret->count] = (size_t)(at - ret->start[ret->count]);
	}
}

char *fields_decode(const struct fields *fields, size_t i, const char *left_out)
{
	char *text = i < fields->count ? strndup(fields->start[i], fields->length[i]) : strdup(left_out);
	char *to = text;

	for (const char *from = text; from && *from; to++) {
		unsigned value = 0, digits = 0;

		while (*from == '\\' && digits < 3 && from[1 + digits] >= '0' && from[1 + digits] <= '7')
			value = value * 8 + (unsigned)(from[1 + digits++] - '0');
		if (digits == 3 && value > 0 && value < 256) {
			*to = (char)value;
			from += 4;
		} else {
			*to = *from++;
		}
	}
	if (text)
		*to = '\0';
	return text;
}

/* For libmount a quote that has no end holds all that comes behind it; those who read crypttab know no quotes. Behind the name; NULL: none. */
static const char *find_between_commas(const char *options, const char *name)
{
	size_t length = strlen(name);

	for (; *options; options += strcspn(options, ","), options += *options == ',')
		if (!strncmp(options, name, length) && strchr(",=", options[length]))
			return options + length;
	return NULL;
}

static bool has_open_quote(const char *options)
{
	bool open = false;

	for (; *options; options++)
		open ^= *options == '"';
	return open;
}

bool options_has(const char *options, const char *option)
{
	return has_open_quote(options) ? find_between_commas(options, option) != NULL : mnt_optstr_get_option(options, option, NULL, NULL) == 0;
}

const char *options_value(const char *options, const char *name, size_t *ret_length)
{
	const char *found = has_open_quote(options) ? find_between_commas(options, name) : NULL;
	char *value = NULL;

	if (found && *found == '=') {
		*ret_length = strcspn(found + 1, ",");
		return found + 1;
	}
	return mnt_optstr_get_option(options, name, &value, ret_length) == 0 && value ? value : NULL;
}

int lines_correct(const char *text, int (*correct)(void *data, const char *line, size_t length, struct buffer *out), void *data,
		  struct buffer *out)
{
	int changed = 0;

	while (*text) {
		size_t length = strcspn(text, "\n");
		int r = correct(data, text, length, out);

		if (r < 0)
			return r;
		changed += r;
		text += length;
		if (*text == '\n' && buffer_append(out, text++, 1) < 0)
			return -ENOMEM;
	}
	return changed;
}

int append_text(struct buffer *out, const char *text)
{
	return buffer_append(out, text, strlen(text));
}

int append_comment(struct buffer *out, const char *text)
{
	/* A label in it may hold a line feed. */
	AUTO_FREE char *shown = text_printable(text);

	return shown && !append_text(out, "# Lifeboat: ") && !append_text(out, shown) ? append_text(out, "\n") : -ENOMEM;
}

int append_commented(struct buffer *out, const char *why, const char *text, size_t length)
{
	int r = append_comment(out, why);

	for (size_t at = 0; r == 0 && at < length;) {
		size_t line = strcspn(text + at, "\n") + 1;

		line = line < length - at ? line : length - at;
		r = append_text(out, "#") < 0 ? -ENOMEM : buffer_append(out, text + at, line);
		at += line;
	}
	return r;
}
