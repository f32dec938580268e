/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text as cells: width, cutting, padding, wrapping, cleaning. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "../../ui/key.h"
#include "../../ui/line.h"

static void takes(char *result, const char *expected)
{
	assert_string_equal(result, expected);
	free(result);
}

static void clean_leaves_nothing_that_commands_a_terminal(void **state)
{
	(void)state;
	takes(line_clean("a\033[2Jb\a\r\177c", false), "a?[2Jb???c");
	takes(line_clean("two\nlines\tand a tab", false), "two lines and a tab");
	takes(line_clean("two\nlines", true), "two\nlines");
	takes(line_clean(NULL, true), "");
	/* C1 controls as UTF-8, and bytes that are none. */
	takes(line_clean("a\302\233b", false), "a?b");
	takes(line_clean("a\377\376b", false), "a??b");
	takes(line_clean("h\303\244ngt", false), "h\303\244ngt");
	/* Right-to-left override, zero width space, byte order mark, a tag. */
	takes(line_clean("a\342\200\256gpj.exe\342\200\213\357\273\277\363\240\200\201", false), "a?gpj.exe???");
}

static void width_counts_cells(void **state)
{
	(void)state;
	assert_int_equal(line_width(""), 0);
	assert_int_equal(line_width("h\303\244ngt"), 5);
	/* Two cells each, and a combining accent. */
	assert_int_equal(line_width("\346\274\242\345\255\227"), 4);
	assert_int_equal(line_width("e\314\201"), 1);
}

static void fit_cuts_what_does_not_fit(void **state)
{
	(void)state;
	takes(line_fit("short", 5), "short");
	takes(line_fit("shorter", 5), "sh...");
	takes(line_fit("shorter", 3), "sho");
	takes(line_fit("shorter", 0), "");
	takes(line_fit("shorter", -3), "");
	/* A wide character is not halved. */
	takes(line_fit("\346\274\242\345\255\227\346\274\242", 5), "\346\274\242...");
	takes(line_fit_middle("/usr/lib/x86_64-linux-gnu/libc.so.6", 20), "/usr/...nu/libc.so.6");
	takes(line_fit_middle("/etc/fstab", 20), "/etc/fstab");
	takes(line_fit_middle("/usr/lib/locale", 8), "/usr/...");
	takes(line_pad("ab", 4), "ab  ");
	takes(line_pad("abcdef", 5), "ab...");
	takes(line_pad("\303\244", 3), "\303\244  ");
	takes(line_right("\303\244", 3), "  \303\244");
	takes(line_right("abcdef", 5), "ab...");
}

static void wraps(const char *text, int width, const char *expected)
{
	struct line_block block;
	char joined[1024] = "";

	line_wrap(text, width, &block);
	for (size_t i = 0; i < block.count; i++) {
		assert_true(line_width(block.lines[i]) <= (width < 8 ? 8 : width));
		strncat(joined, block.lines[i], sizeof(joined) - strlen(joined) - 2);
		strncat(joined, "|", 2);
	}
	assert_string_equal(joined, expected);
	line_block_done(&block);
}

static void wrap_breaks_at_spaces(void **state)
{
	(void)state;
	wraps("one two three", 8, "one two|three|");
	wraps("one two", 20, "one two|");
	wraps("", 20, "|");
	wraps("a\n\nb\n", 20, "a||b|");
	wraps("  indented lines stay so", 12, "  indented|  lines stay|  so|");
	wraps("averyverylongword x", 8, "averyver|ylongwor|d x|");
	wraps("too narrow", 1, "too|narrow|");
	wraps("\346\274\242\345\255\227\346\274\242\345\255\227\346\274\242", 9,
	      "\346\274\242\345\255\227\346\274\242\345\255\227|\346\274\242|");
}

static const struct key keys[] = {
	{ .id = 1, .function = 1, .letter = '?', .label = "Help" },
	{ .id = 2, .function = 3, .letter = 'l', .control = 'T', .label = "Log" },
	{ .id = 3, .function = 5, .label = "Rescan" },
	{ .id = 4, .letter = 'x', .label = "" },
	{ .id = 5, .function = 12, .letter = 'b', .control = 'B', .label = "Back" },
};

static void bottom_line_says_what_works(void **state)
{
	size_t count = sizeof(keys) / sizeof(keys[0]);

	(void)state;
	takes(key_line(keys, count, KEY_TYPING_NOTHING, 78), "F1/? Help  F3/l Log  F5 Rescan  F12/b Back");
	/* Letters belong to the field that takes them. */
	takes(key_line(keys, count, KEY_TYPING_WORDS, 78), "F1/? Help  F3/^T Log  F5 Rescan  F12/^B Back");
	takes(key_line(keys, count, KEY_TYPING_NOTHING, 35), "? Help  l Log  F5 Rescan  b Back");
	/* No room for all: the last one stays. */
	takes(key_line(keys, count, KEY_TYPING_NOTHING, 22), "? Help  l Log  b Back");
	takes(key_line(keys, count, KEY_TYPING_NOTHING, 6), "b Back");
	takes(key_line(keys, 0, KEY_TYPING_NOTHING, 10), "");
	assert_true(key_letter_works(&keys[0], KEY_TYPING_WORDS));
	assert_false(key_letter_works(&keys[1], KEY_TYPING_WORDS));
	assert_false(key_letter_works(&keys[0], KEY_TYPING_SECRET));
	assert_false(key_letter_works(&keys[2], KEY_TYPING_NOTHING));
}

static void plain_locale_shows_what_it_can(void **state)
{
	(void)state;
	setlocale(LC_ALL, "C");
	takes(line_clean("h\303\244ngt \346\274\242", false), "h?ngt ?");
	assert_int_equal(line_width("h\303\244ngt"), 5);
	setlocale(LC_ALL, "C.UTF-8");
}

/* Twice the text takes about twice the time: a program may say a megabyte without a line end. */
static void long_text_takes_no_more_than_its_length(void **state)
{
	size_t length = 4u << 20;
	char *text = malloc(length + 1);
	clock_t begun = clock();

	(void)state;
	memset(text, 'x', length);
	text[length] = '\0';
	takes(line_fit(text, 10), "xxxxxxx...");
	assert_true(clock() - begun < 20 * CLOCKS_PER_SEC);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clean_leaves_nothing_that_commands_a_terminal),
		cmocka_unit_test(width_counts_cells),
		cmocka_unit_test(fit_cuts_what_does_not_fit),
		cmocka_unit_test(wrap_breaks_at_spaces),
		cmocka_unit_test(bottom_line_says_what_works),
		cmocka_unit_test(long_text_takes_no_more_than_its_length),
		cmocka_unit_test(plain_locale_shows_what_it_can),
	};

	if (!setlocale(LC_ALL, "C.UTF-8"))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
