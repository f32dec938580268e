/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Building the argument vectors of mkfs programs from a filesystem's properties. Only mkfs.c and its siblings use this header.
 */
#ifndef LIFEBOAT_FILESYSTEMS_MKFS_ARGUMENTS_H
#define LIFEBOAT_FILESYSTEMS_MKFS_ARGUMENTS_H

#include "mkfs.h"

/* Appends a formatted argument; false when out of memory. */
bool mkfs_add(char ***argv, const char *format, ...) PRINTF_LIKE(2, 3);
/* Appends OPTION and VALUE, unless VALUE is NULL; false when out of memory. */
bool mkfs_add_pair(char ***argv, const char *option, const char *value);
/* A number among the properties; false when it is absent. Sets *BAD when it is there and no number. */
bool mkfs_number(const struct node *node, const char *key, uint64_t *ret, bool *bad);
/* Whether the comma-separated LIST has the whole WORD. */
bool mkfs_has_word(const char *list, const char *word);

#endif
