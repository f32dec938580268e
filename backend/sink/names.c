/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "names.h"

#include <string.h>

#include "../set/index.h"
#include "../set/manifest.h"

/* What stands beside WANTED while it is written: ".new-" and a number after its name. */
static bool is_draft_of(const char *name, const char *wanted)
{
	size_t length = strlen(wanted);

	return !strncmp(name, wanted, length) && !strncmp(name + length, ".new-", 5) && name[length + 5] &&
	       strspn(name + length + 5, "0123456789") == strlen(name + length + 5);
}

bool name_is_kept(const char *name)
{
	return is_draft_of(name, INDEX_NAME) || is_draft_of(name, SEGMENT_TABLE_NAME);
}

bool name_is_table(const char *name)
{
	return !strcmp(name, INDEX_NAME) || !strcmp(name, SEGMENT_TABLE_NAME) || name_is_kept(name);
}

bool name_is_draft(const char *name)
{
	return is_draft_of(name, MANIFEST_NAME);
}

bool name_is_top(const char *name)
{
	return name_is_table(name) || name_is_draft(name) || !strcmp(name, MANIFEST_NAME);
}

bool name_is_segment(const char *name)
{
	size_t digits = strspn(name, "0123456789");

	/* Six at least, and more from the millionth on. */
	return (digits == 6 || (digits > 6 && digits <= 10 && *name != '0')) && !strcmp(name + digits, ".tar.zst");
}
