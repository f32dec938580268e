/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "router.h"

/* A name goes into resolv.conf(5): letters, digits, '-' and '_' only. */
static bool is_label(const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!isalnum(bytes[i]) && bytes[i] != '-' && bytes[i] != '_')
			return false;
	return true;
}

char *dns_names_parse(const uint8_t *bytes, size_t length)
{
	AUTO_BUFFER struct buffer text = { 0 };
	bool inside = false;
	int r = 0;

	for (size_t at = 0; r == 0 && at < length;) {
		size_t label = bytes[at++];

		if (!label) {
			inside = false;
			continue;
		}
		if (label > 63 || label > length - at || !isascii(bytes[at]) || !is_label(bytes + at, label)) {
			errno = EINVAL;
			return NULL;
		}
		if (text.length)
			r = buffer_append(&text, inside ? "." : " ", 1);
		if (r == 0)
			r = buffer_append(&text, bytes + at, label);
		at += label;
		inside = true;
	}
	/* The last name ends with its zero. */
	if (inside || !text.length) {
		errno = EINVAL;
		return NULL;
	}
	if (r < 0) {
		errno = ENOMEM;
		return NULL;
	}
	return TAKE_POINTER(text.data);
}
