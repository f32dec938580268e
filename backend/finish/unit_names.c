/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit_names.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../core/bytes.h"
#include "disk_names.h"
#include "fields.h"

#define DEVICE_END ".device"

int unit_device(const char *unit, char **ret)
{
	size_t length = strlen(unit), end = strlen(DEVICE_END);
	AUTO_FREE char *escaped = NULL;

	*ret = NULL;
	if (strncmp(unit, "/dev/", 5) && (strncmp(unit, "dev-", 4) || length <= end || strcmp(unit + length - end, DEVICE_END)))
		return 0;
	if (*unit == '/') {
		*ret = strdup(unit);
		return *ret ? 0 : -ENOMEM;
	}
	escaped = text_format("/%.*s", (int)(length - end), unit);
	for (char *c = escaped; c && *c; c++)
		if (*c == '-')
			*c = '/';
	*ret = escaped ? disk_name_decode(escaped) : NULL;
	return *ret ? 0 : -ENOMEM;
}

char *unit_of_device(const char *path)
{
	AUTO_BUFFER struct buffer name = { 0 };

	for (const char *at = path + strspn(path, "/"); *at; at++) {
		unsigned char c = (unsigned char)*at;
		AUTO_FREE char *hex = NULL;
		bool plain = isalnum(c) || strchr(":_.", c);

		if (c == '/') {
			/* However many stand in a row. */
			if (at[1] != '/' && at[1] && append_text(&name, "-") < 0)
				return NULL;
			continue;
		}
		hex = plain ? NULL : text_format("\\x%02x", c);
		if ((!plain && !hex) || (plain ? buffer_append(&name, at, 1) : append_text(&name, hex)) < 0)
			return NULL;
	}
	return append_text(&name, DEVICE_END) < 0 ? NULL : TAKE_POINTER(name.data);
}
