/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON in C strings: single quotes stand for double ones. */
#ifndef LIFEBOAT_TESTS_QUOTED_JSON_H
#define LIFEBOAT_TESTS_QUOTED_JSON_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

/* New reference; a mistake in TEXT ends the test. */
static inline json_t *quoted_json(const char *text)
{
	char *quoted = strdup(text);
	json_error_t error;
	json_t *json;

	for (char *c = quoted; *c; c++)
		if (*c == '\'')
			*c = '"';
	json = json_loads(quoted, JSON_DECODE_ANY, &error);
	free(quoted);
	if (!json)
		fail_msg("%s at %d", error.text, error.position);
	return json;
}

#endif
