/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Patterns of what the operator leaves out. A leading '/' anchors at the captured root; a pattern without any other '/' is
 * held against the last name, one with '/' against every end of the path; '*' and '?' do not match '/'.
 */
#ifndef LIFEBOAT_CAPTURE_EXCLUDE_H
#define LIFEBOAT_CAPTURE_EXCLUDE_H

#include <stddef.h>
#include <sys/types.h>

/* Index of the first pattern (NULL-ended list, may be NULL) that PATH, relative to the root, matches; -1 for none. */
ssize_t exclude_match(char *const *patterns, const char *path);

#endif
