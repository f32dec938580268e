/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Columns for whatever width there is. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../ui/line.h"
#include "../../ui/table.h"

static void assert_text(char *text, const char *expected)
{
	assert_string_equal(text, expected);
	free(text);
}

static void lays_out(void **state)
{
	const struct column columns[] = {
		{ .head = "Disk" }, { .head = "Path", .middle = true }, { .head = "Size", .right = true, .whole = true } };
	const char *const long_row[] = { "A disk with a long name", "pci-0000:00:1d.0-usb-0:1", "4.0 GiB" };
	const char *const short_row[] = { "Größe\x1b", "loop0", "931.0 GiB" };
	struct table *table = table_new(columns, 3);

	(void)state;
	table_add(table, long_row);
	table_add(table, short_row);
	/* Nothing is cut where there is room, and no column is wider than what it holds. */
	assert_int_equal(table_width(table), 23 + 2 + 24 + 2 + 9);
	assert_text(table_row(table, 0, 60), "A disk with a long name  pci-0000:00:1d.0-usb-0:1    4.0 GiB");
	assert_text(table_row(table, 1, 200), "Größe?                   loop0                     931.0 GiB");
	assert_text(table_head(table, 60), "Disk                     Path                           Size");
	/* The widest give way; paths keep their ends, sizes are whole. */
	assert_text(table_row(table, 0, 50), "A disk with a l...  pci-0...d.0-usb-0:1    4.0 GiB");
	table_free(table);
}

static void never_loses_numbers(void **state)
{
	const struct column columns[] = { { .head = "" }, { .head = "", .right = true, .whole = true } };
	const char *const row[] = { "a name that is much too long", "123456789" };
	struct table *table = table_new(columns, 2);
	char *text;

	(void)state;
	table_add(table, row);
	for (int width = 19; width < 40; width++) {
		text = table_row(table, 0, width);
		assert_true(line_width(text) <= width);
		assert_non_null(strstr(text, "123456789"));
		free(text);
	}
	table_free(table);
	table_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(lays_out), cmocka_unit_test(never_loses_numbers) };

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
