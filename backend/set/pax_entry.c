/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pax.h"

#include <errno.h>
#include <linux/limits.h>
#include <stdlib.h>
#include <string.h>

void pax_entry_done(struct pax_entry *entry)
{
	free(entry->path);
	free(entry->link);
	free(entry->piece_of);
	free(entry->extents);
	for (size_t i = 0; i < entry->xattr_count; i++) {
		free(entry->xattrs[i].name);
		free(entry->xattrs[i].value);
	}
	free(entry->xattrs);
	memset(entry, 0, sizeof(*entry));
}

bool pax_path_is_safe(const char *path)
{
	if (!strcmp(path, "."))
		return true;
	for (;;) {
		size_t length = strcspn(path, "/");

		if (length == 0 || length > NAME_MAX || (length == 1 && path[0] == '.') || (length == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		if (path[length] == '\0')
			return true;
		path += length + 1;
	}
}

int pax_flags_parse(const char *text, unsigned long *ret)
{
	size_t length = strlen(text);
	unsigned long flags;

	if (length == 0 || length > 8 || text[0] == '0' || strspn(text, "0123456789abcdef") != length)
		return -EBADMSG;
	flags = strtoul(text, NULL, 16);
	if (flags & ~FLAGS_KEPT)
		return -EBADMSG;
	*ret = flags;
	return 0;
}

uint64_t pax_entry_data(const struct pax_entry *entry)
{
	uint64_t sum = 0;

	if (!S_ISREG(entry->mode) || entry->hard_link)
		return 0;
	if (!entry->extents)
		return entry->size;
	for (size_t i = 0; i < entry->extent_count; i++)
		sum += entry->extents[i].length;
	return sum;
}
