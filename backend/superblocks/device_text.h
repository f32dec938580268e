/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text that a device says of itself or of what it carries. */
#ifndef LIFEBOAT_SUPERBLOCKS_DEVICE_TEXT_H
#define LIFEBOAT_SUPERBLOCKS_DEVICE_TEXT_H

#include "../layout/layout.h"

/* Takes TEXT (NULL: none) into *FIELD: stripped; *FIELD stays as it is when nothing is left, or it is too long or no plain text. 0 or -ENOMEM. */
int device_text_take(char **field, const char *text);
/* A property from at most LENGTH bytes, up to a NUL, stripped; none when it is empty or no plain text. 0 or -errno. */
int device_text_property(struct node *node, const char *key, const void *bytes, size_t length);

#endif
