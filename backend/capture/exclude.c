/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "exclude.h"

#include <fnmatch.h>
#include <stdbool.h>
#include <string.h>

static bool matches(const char *pattern, const char *path)
{
	if (*pattern == '/')
		return fnmatch(pattern + 1, path, FNM_PATHNAME) == 0;
	for (const char *end = path; end; end = strchr(end, '/')) {
		end += *end == '/';
		if (fnmatch(pattern, end, FNM_PATHNAME) == 0)
			return true;
	}
	return false;
}

ssize_t exclude_match(char *const *patterns, const char *path)
{
	for (size_t i = 0; patterns && patterns[i]; i++)
		if (matches(patterns[i], path))
			return (ssize_t)i;
	return -1;
}
