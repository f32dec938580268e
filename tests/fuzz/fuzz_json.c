/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as JSON, value by value: what the pull reader takes as a string, an integer or a whole value, jansson takes too, and the same. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "../../backend/core/json_pull.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is not even JSON is never said to be a string or a number. */
static void check_value(const char *text, size_t size)
{
	struct json_pull json = { 0 };
	json_t *theirs = json_loadb(text, size, JSON_DECODE_ANY, NULL);
	const char *string;
	size_t length;
	int64_t number;

	json_pull_begin(&json, text, size);
	if (json_pull_string(&json, &string, &length) && json_pull_ended(&json) &&
	    (!json_is_string(theirs) || json_string_length(theirs) != length || memcmp(json_string_value(theirs), string, length) != 0))
		abort();
	json_pull_begin(&json, text, size);
	if (json_pull_integer(&json, &number) && json_pull_ended(&json) && (!json_is_integer(theirs) || json_integer_value(theirs) != number))
		abort();
	json_pull_done(&json);
	json_decref(theirs);
}

/* Whatever a skipped value holds, it lies within the text and is skipped whole. */
static void skip_values(const char *text, size_t size)
{
	struct json_pull json = { 0 };
	const char *value, *name;
	bool begun = false;
	size_t length;

	json_pull_begin(&json, text, size);
	if (json_pull_open(&json, '{'))
		while (json_pull_more(&json, '}', &begun) && json_pull_name(&json, &name) && json_pull_skip(&json, &value, &length))
			if (value < text || length == 0 || value + length > text + size)
				abort();
	json_pull_done(&json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_value((const char *)data, size);
	skip_values((const char *)data, size);
	return 0;
}
