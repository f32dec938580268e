/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mkfs_arguments.h"

#include <stdarg.h>
#include <string.h>

bool mkfs_add(char ***argv, const char *format, ...)
{
	AUTO_FREE char *text = NULL;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0) {
		text = NULL;
		return false;
	}
	return !strv_append(argv, text);
}

bool mkfs_add_pair(char ***argv, const char *option, const char *value)
{
	return !value || (mkfs_add(argv, "%s", option) && mkfs_add(argv, "%s", value));
}

bool mkfs_number(const struct node *node, const char *key, uint64_t *ret, bool *bad)
{
	const char *text = node_property(node, key);

	if (!text)
		return false;
	if (parse_u64(text, ret))
		return true;
	*bad = true;
	return false;
}

bool mkfs_has_word(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = list; (at = strstr(at, word)); at += length)
		if ((at == list || at[-1] == ',') && (!at[length] || at[length] == ','))
			return true;
	return false;
}
