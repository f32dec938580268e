/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON value by value: what is refused, and that it agrees with jansson on what is JSON. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "../../backend/core/json_pull.h"

static int read_string(const char *text, char **ret)
{
	struct json_pull json = { 0 };
	const char *string = NULL;
	int r;

	json_pull_begin(&json, text, strlen(text));
	r = json_pull_string(&json, &string, NULL) && json_pull_ended(&json) ? 0 : json_pull_error(&json);
	*ret = r == 0 ? strdup(string) : NULL;
	json_pull_done(&json);
	return r;
}

static void test_strings(void **state)
{
	static const char *const texts[] = {
		"\"\"", "\"plain\"", "  \"\\\"\\\\\\/\\b\\f\\n\\r\\t\" ", "\"\\u00e4\\u20ac\\ud83d\\ude00\"", "\"\xc3\xa4\xf0\x9f\x98\x80\"",
		"\"\\u0000\"", "\"\\ud83d\"", "\"\\ude00\"", "\"\\ud83dx\"", "\"\\ud83d\\u0041\"", "\"\\x\"", "\"\\u12g4\"", "\"a\nb\"",
		"\"\xff\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"", "\"open", "\"open\\\"", "x", "", "\"a\" \"b\"",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
		json_t *theirs = json_loads(texts[i], JSON_DECODE_ANY, NULL);
		AUTO_FREE char *ours = NULL;
		int r = read_string(texts[i], &ours);

		if ((r == 0) != (theirs != NULL) || (ours && strcmp(ours, json_string_value(theirs)) != 0))
			fail_msg("%s", texts[i]);
		assert_true(r == 0 || r == -EBADMSG);
		json_decref(theirs);
	}
}

static void test_integers(void **state)
{
	static const struct { const char *text; bool good; int64_t value; } rows[] = {
		{ "0", true, 0 }, { "-0", true, 0 }, { " 17 ", true, 17 }, { "9223372036854775807", true, INT64_MAX },
		{ "-9223372036854775808", true, INT64_MIN }, { "9223372036854775808", false, 0 }, { "-9223372036854775809", false, 0 },
		{ "18446744073709551616", false, 0 }, { "01", false, 0 }, { "-", false, 0 }, { "+1", false, 0 }, { "1.0", false, 0 },
		{ "1e3", false, 0 }, { "\"1\"", false, 0 }, { "", false, 0 }, { "1x", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct json_pull json = { 0 };
		int64_t value = 0;
		bool good;

		json_pull_begin(&json, rows[i].text, strlen(rows[i].text));
		good = json_pull_integer(&json, &value) && json_pull_ended(&json);
		if (good != rows[i].good || (good && value != rows[i].value))
			fail_msg("%s", rows[i].text);
	}
}

static bool sum(const char *text, int64_t *ret)
{
	struct json_pull json = { 0 };
	bool begun = false;

	*ret = 0;
	json_pull_begin(&json, text, strlen(text));
	if (!json_pull_open(&json, '['))
		return false;
	while (json_pull_more(&json, ']', &begun)) {
		int64_t value;

		if (json_pull_integer(&json, &value))
			*ret += value;
	}
	return json_pull_ended(&json);
}

static void test_arrays(void **state)
{
	static const char *const bad[] = { "", "[", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1}", "{1]", "[1]]", "[]x" };
	int64_t value;

	(void)state;
	assert_true(sum("[]", &value) && value == 0);
	assert_true(sum(" [ 1 , 2,3 ] ", &value) && value == 6);
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
		if (sum(bad[i], &value))
			fail_msg("%s", bad[i]);
}

static void test_skip(void **state)
{
	static const struct { const char *text; size_t length; } rows[] = {
		{ "{\"a\":[1,{\"b\":\"]}\\\"\"}],\"c\":null} ,", 31 }, { "12,", 2 }, { "true]", 4 }, { "\"x\\\"y\"", 6 }, { "[]", 2 },
		{ "", 0 }, { ",", 0 }, { "[1", 0 }, { "\"x", 0 }, { "\"x\\", 0 }, { "]", 0 },
	};
	AUTO_BUFFER struct buffer deep = { 0 };
	struct json_pull json = { 0 };
	const char *value;
	size_t length;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		bool good;

		json_pull_begin(&json, rows[i].text, strlen(rows[i].text));
		good = json_pull_skip(&json, &value, &length);
		if (good != (rows[i].length > 0) || (good && (value != rows[i].text || length != rows[i].length)))
			fail_msg("%s", rows[i].text);
	}
	for (int i = 0; i < 100000; i++)
		buffer_append(&deep, "[", 1);
	json_pull_begin(&json, deep.data, deep.length);
	assert_false(json_pull_skip(&json, &value, &length));
	json_pull_done(&json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_integers),
		cmocka_unit_test(test_arrays),
		cmocka_unit_test(test_skip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
