/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "device_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int device_text_take(char **field, const char *text)
{
	AUTO_FREE char *stripped = text ? text_strip(text) : NULL;

	if (text && !stripped)
		return -ENOMEM;
	for (const char *c = stripped; c && *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return 0;
	if (!stripped || !*stripped || strlen(stripped) > 256)
		return 0;
	free(*field);
	*field = TAKE_POINTER(stripped);
	return 0;
}

int device_text_property(struct node *node, const char *key, const void *bytes, size_t length)
{
	AUTO_FREE char *copy = strndup(bytes, length), *text = NULL;
	int r = copy ? device_text_take(&text, copy) : -ENOMEM;

	return r || !text ? r : node_property_set(node, key, text);
}
