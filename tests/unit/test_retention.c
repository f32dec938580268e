/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which sets rules keep, and which names in a set's folder are the set's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "../../backend/places/retention.h"
#include "../../backend/places/sets.h"

static time_t at(const char *text)
{
	struct tm tm = { 0 };

	assert_non_null(strptime(text, "%Y-%m-%d %H:%M", &tm));
	return timegm(&tm);
}

struct rules_case {
	struct retention rules;
	const char *times[12];       /* newest first */
	const char *kept;            /* a character each: '.' goes, 'l', 'd', 'w', 'm', 'y' the first rule that keeps it */
};

static const struct rules_case cases[] = {
	{ { { [KEEP_LAST] = 2 } }, { "2026-03-03 10:00", "2026-03-03 09:00", "2026-03-03 08:00" }, "ll." },
	{ { { [KEEP_LAST] = 9 } }, { "2026-03-03 10:00", "2026-03-03 09:00" }, "ll" },
	/* The newest of a day; days without one do not count; the rule that has room keeps the oldest. */
	{ { { [KEEP_DAILY] = 2 } }, { "2026-03-03 10:00", "2026-03-03 09:00", "2026-02-01 23:59", "2026-02-01 00:00", "2026-01-31 12:00" }, "d.d.." },
	{ { { [KEEP_DAILY] = 5 } }, { "2026-03-03 10:00", "2026-03-03 09:00", "2026-03-03 08:00" }, "d.d" },
	/* Midnight is UTC's. */
	{ { { [KEEP_DAILY] = 2 } }, { "2026-03-03 00:00", "2026-03-02 23:59", "2026-03-02 00:00" }, "dd." },
	/* Weeks begin on Mondays (2026-03-02), and the one of New Year is one: 2025-12-29 to 2026-01-04. */
	{ { { [KEEP_WEEKLY] = 2 } }, { "2026-03-03 10:00", "2026-03-02 00:00", "2026-03-01 23:59", "2026-02-27 10:00" }, "w.w." },
	{ { { [KEEP_WEEKLY] = 1 } }, { "2026-01-04 10:00", "2025-12-29 00:00", "2025-12-28 23:59" }, "w.." },
	{ { { [KEEP_MONTHLY] = 2 } }, { "2026-03-31 10:00", "2026-03-01 10:00", "2026-02-28 10:00", "2026-01-31 10:00" }, "m.m." },
	{ { { [KEEP_MONTHLY] = 2 } }, { "2026-03-31 10:00", "2025-03-31 10:00", "2025-03-01 10:00" }, "mm." },
	{ { { [KEEP_YEARLY] = 2 } }, { "2026-01-01 00:00", "2025-12-31 23:59", "2025-01-01 00:00", "2024-01-01 00:00" }, "yy.." },
	/* Rules count each by itself: what one keeps takes no room of another. */
	{ { { [KEEP_LAST] = 1, [KEEP_DAILY] = 2, [KEEP_MONTHLY] = 2 } },
	  { "2026-03-03 10:00", "2026-03-03 09:00", "2026-03-02 09:00", "2026-03-01 09:00", "2026-02-28 09:00", "2026-02-27 09:00" }, "l.d.m." },
	{ { { 0 } }, { "2026-03-03 10:00" }, "." },
	{ { { [KEEP_LAST] = 1 } }, { NULL }, "" },
};

static void test_rules(void **state)
{
	static const char letters[] = "ldwmy";

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		unsigned kept[12];
		char found[13] = "";
		time_t times[12];
		size_t count = 0;

		for (; cases[i].times[count]; count++)
			times[count] = at(cases[i].times[count]);
		retention_apply(&cases[i].rules, times, count, kept);
		for (size_t k = 0; k < count; k++)
			found[k] = kept[k] ? letters[__builtin_ctz(kept[k])] : '.';
		if (strcmp(found, cases[i].kept) != 0)
			fail_msg("case %zu: %s, not %s", i, found, cases[i].kept);
	}
}

/* Whatever the rules, as soon as there is one the newest stays. */
static void test_newest_stays(void **state)
{
	const time_t times[] = { 3000000, 2000000, 1000000 };

	(void)state;
	for (int rule = 0; rule < KEEP_RULES; rule++) {
		struct retention rules = { 0 };
		unsigned kept[3];

		assert_false(retention_is_set(&rules));
		rules.counts[rule] = 1;
		assert_true(retention_is_set(&rules));
		retention_apply(&rules, times, 3, kept);
		assert_int_equal(kept[0], 1u << rule);
	}
}

#define NOW 1700000000
#define DAY 86400

static void check_judgement(struct known_set *known, size_t count, const char *const goes[])
{
	struct sets sets = { .sets = known, .count = count };
	const struct retention rules = { { [KEEP_LAST] = 1 } };

	assert_int_equal(sets_judge(&sets, &rules, NOW), 0);
	for (size_t i = 0; i < count; i++) {
		bool wanted = false;

		for (const char *const *name = goes; *name; name++)
			wanted |= !strcmp(*name, known[i].folder);
		if (known[i].goes != wanted)
			fail_msg("%s", known[i].folder);
		free(known[i].why);
	}
}

static void test_judge(void **state)
{
	struct known_set known[] = {
		{ .folder = (char *)"broken", .host = (char *)"a", .state = SET_DAMAGED, .created = NOW - 1 },
		{ .folder = (char *)"new", .host = (char *)"a", .created = NOW - 2 },
		{ .folder = (char *)"old", .host = (char *)"a", .created = NOW - 3 },
		{ .folder = (char *)"only", .host = (char *)"b", .created = NOW - 999 * DAY },
		{ .folder = (char *)"tree", .created = NOW - 5 },
		{ .folder = (char *)"another-tree", .created = NOW - 6 },
		{ .folder = (char *)"fresh", .state = SET_HALF, .created = NOW - DAY },
		{ .folder = (char *)"stale", .state = SET_HALF, .created = NOW - DAY - 1 },
		{ .folder = (char *)"somebody's", .state = SET_HALF, .created = NOW - DAY - 1, .foreign = true },
		{ .folder = (char *)"timeless", .state = SET_HALF },
	};

	(void)state;
	check_judgement(known, ARRAY_LENGTH(known), (const char *const[]){ "old", "stale", NULL });
}

/* A clock that was wrong for one capture makes it neither the newest, nor one that is removed. */
static void test_wrong_clocks(void **state)
{
	struct known_set known[] = {
		{ .folder = (char *)"of-2099", .host = (char *)"a", .created = 4070908800 },
		{ .folder = (char *)"of-a-clock-before-ours", .host = (char *)"a", .created = NOW + DAY },
		{ .folder = (char *)"new", .host = (char *)"a", .created = NOW - DAY },
		{ .folder = (char *)"old", .host = (char *)"a", .created = NOW - 2 * DAY },
		{ .folder = (char *)"of-1970", .host = (char *)"a", .created = 86400 },
		{ .folder = (char *)"without-time", .host = (char *)"a" },
	};

	(void)state;
	check_judgement(known, ARRAY_LENGTH(known), (const char *const[]){ "new", "old", NULL });
}

/* Machines of one host name have no filesystem or disk in common; one whose disk was replaced, and then its filesystem, is the same all the time. */
static void test_machines_of_one_name(void **state)
{
	char *one[] = { (char *)"content 1", (char *)"disk 1", NULL }, *one_replaced[] = { (char *)"disk 2", (char *)"content 1", NULL };
	char *one_later[] = { (char *)"content 3", (char *)"disk 2", NULL }, *other[] = { (char *)"content 9", (char *)"disk 9", NULL };
	struct known_set known[] = {
		{ .folder = (char *)"before-all", .host = (char *)"a", .created = NOW - 1 },
		{ .folder = (char *)"localhost-new", .host = (char *)"localhost", .created = NOW - 10, .marks = one_later },
		{ .folder = (char *)"localhost-tree", .host = (char *)"localhost", .created = NOW - 20 },
		{ .folder = (char *)"localhost-before", .host = (char *)"localhost", .created = NOW - 30, .marks = one_replaced },
		{ .folder = (char *)"another-new", .host = (char *)"localhost", .created = NOW - 40, .marks = other },
		{ .folder = (char *)"localhost-old", .host = (char *)"localhost", .created = NOW - 50, .marks = one },
		{ .folder = (char *)"another-old", .host = (char *)"localhost", .created = NOW - 60, .marks = other },
		{ .folder = (char *)"tree-old", .host = (char *)"localhost", .created = NOW - 70 },
	};

	(void)state;
	check_judgement(known, ARRAY_LENGTH(known), (const char *const[]){ "localhost-before", "localhost-old", "another-old", "tree-old", NULL });
}

/* A copy is no version: with it the one before would be the third. */
static void test_copies(void **state)
{
	struct known_set known[] = {
		{ .folder = (char *)"new", .host = (char *)"a", .created = NOW - 1, .manifest = "1" },
		{ .folder = (char *)"new-as-well", .host = (char *)"a", .created = NOW - 1, .manifest = "2" },
		{ .folder = (char *)"new-copy", .host = (char *)"a", .created = NOW - 1, .manifest = "1" },
		{ .folder = (char *)"old", .host = (char *)"a", .created = NOW - 2, .manifest = "3" },
		{ .folder = (char *)"old-copy", .host = (char *)"a", .created = NOW - 2, .manifest = "3" },
		{ .folder = (char *)"older", .host = (char *)"a", .created = NOW - 3, .manifest = "4" },
	};
	struct sets sets = { .sets = known, .count = ARRAY_LENGTH(known) };
	const struct retention rules = { { [KEEP_LAST] = 3 } };

	(void)state;
	assert_int_equal(sets_judge(&sets, &rules, NOW), 0);
	for (size_t i = 0; i < ARRAY_LENGTH(known); i++)
		assert_int_equal(known[i].goes, !strcmp(known[i].folder, "older"));
}

static void test_names(void **state)
{
	static const struct {
		const char *folder, *name;
		bool owned;
	} rows[] = {
		{ "", "lifeboat.json", true }, { "", "lifeboat.json.minisig", true }, { "", "segments.zst", true }, { "", "index.zst", true },
		{ "", "lifeboat.json.new-17", true }, { "", "lifeboat.json.new-", false }, { "", "lifeboat.json.bak", false }, { "", "notes", false },
		{ "", "segments", false }, { "segments", "000000.tar.zst", true }, { "segments", "1234567.tar.zst", true }, { "segments", "00000.tar.zst", false },
		{ "segments", "000000.tar", false }, { "segments", "a00000.tar.zst", false }, { "segments", "lifeboat.json", false },
		{ "attachments", "vg0.lvm", true }, { "attachments", "..", false }, { "attachments", ".hidden", false }, { "other", "000000.tar.zst", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
		if (set_owns_name(rows[i].folder, rows[i].name) != rows[i].owned)
			fail_msg("%s/%s", rows[i].folder, rows[i].name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_newest_stays),
		cmocka_unit_test(test_judge),
		cmocka_unit_test(test_wrong_clocks),
		cmocka_unit_test(test_machines_of_one_name),
		cmocka_unit_test(test_copies),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
