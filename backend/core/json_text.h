/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON as text, whole or not at all.
 */
#ifndef LIFEBOAT_CORE_JSON_TEXT_H
#define LIFEBOAT_CORE_JSON_TEXT_H

#include <jansson.h>

/* OBJECT as json_dumps() writes it with FLAGS. New string; NULL when out of memory. */
char *json_text(const json_t *object, size_t flags);
/* TEXT from outside as a JSON string that is harmless on a terminal; null when it is NULL. New reference; NULL when out of memory. */
json_t *json_printable(const char *text);

#endif
