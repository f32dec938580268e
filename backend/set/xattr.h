/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which extended attributes a set may hold, of which files, with which values: what Linux takes, checked by every reader, so that
 * nothing is found out only when a restore sets them. docs/set-format.md, "Segments".
 */
#ifndef LIFEBOAT_SET_XATTR_H
#define LIFEBOAT_SET_XATTR_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* True for the names of attributes that sets hold. */
bool xattr_is_kept(const char *name);
/* Can a file of this type have it? NAME is one that is kept. */
bool xattr_fits_type(const char *name, mode_t mode);
/* Does the kernel take this value, and show it again as it is? NAME is one that is kept. */
bool xattr_value_is_valid(const char *name, const void *value, size_t length);

#endif
