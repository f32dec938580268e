/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages of machines: what is taken for one, the table of them, and what is allowed to whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "../../backend/core/bytes.h"
#include "../../backend/fleet/machine_table.h"
#include "../../backend/fleet/once.h"

#define MAC_A "52:54:00:00:00:0a"
#define MAC_B "52:54:00:00:00:0b"
#define UUID_A "11111111-1111-4111-8111-111111111111"
#define SET_1 "22222222-2222-4222-8222-222222222222"
#define SET_2 "33333333-3333-4333-8333-333333333333"
#define BOOT_1 "44444444-4444-4444-8444-444444444444"
#define BOOT_2 "55555555-5555-4555-8555-555555555555"
#define TOKEN "0123456789abcdef0123456789abcdef"

static struct notice make(enum notice_kind kind, const char *mac, const char *boot, uint64_t sequence)
{
	return (struct notice){ .kind = kind, .sequence = sequence, .mac = mac ? strdup(mac) : NULL, .boot = strdup(boot), .fraction = -1, .rate = -1,
				.eta = -1 };
}

static void test_message(void **state)
{
	struct notice notice = make(NOTICE_END, MAC_A, BOOT_1, 7), read = { 0 };
	json_t *object;
	char *text;
	const char *why;

	(void)state;
	notice.uuid = strdup(UUID_A);
	notice.host = strdup("web1");
	notice.set = strdup(SET_1);
	notice.mode = strdup("nuke");
	notice.phase = strdup("finish");
	notice.end = strdup("partial");
	notice.status = 4;
	notice.fraction = 0.5;
	notice.once = strdup(TOKEN ".3");
	object = notice_to_json(&notice, "2026-11-28T23:00:00Z");
	text = json_dumps(object, 0);
	assert_int_equal(notice_parse(text, strlen(text), &read, &why), 0);
	assert_int_equal(read.kind, NOTICE_END);
	assert_int_equal(read.sequence, 7);
	assert_string_equal(read.mac, MAC_A);
	assert_string_equal(read.uuid, UUID_A);
	assert_string_equal(read.host, "web1");
	assert_string_equal(read.end, "partial");
	assert_string_equal(read.once, TOKEN ".3");
	assert_int_equal(read.status, 4);
	assert_true(read.fraction > 0.49 && read.fraction < 0.51 && read.rate < 0);
	assert_null(read.question);
	/* Cut anywhere it is none. */
	for (size_t length = 0; length < strlen(text); length++) {
		struct notice cut = { 0 };

		assert_int_equal(notice_parse(text, length, &cut, &why), -EINVAL);
	}
	notice_done(&read);
	notice_done(&notice);
	free(text);
	json_decref(object);
}

static void test_token(void **state)
{
	static const char *const wrong[] = { "", ".", "0", TOKEN, TOKEN ".", TOKEN ".x", TOKEN ".01", TOKEN ".-1", TOKEN ".99999999999", "A" TOKEN ".0",
					     "0123456789ABCDEF0123456789ABCDEF.0", TOKEN ".0 " };
	char id[TOKEN_DIGITS + 1];
	unsigned generation;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(wrong); i++)
		assert_false(token_split(wrong[i], id, &generation));
	assert_true(token_split(TOKEN ".17", id, &generation));
	assert_string_equal(id, TOKEN);
	assert_int_equal(generation, 17);
}

static int put(struct machine_table *table, struct notice notice, double at)
{
	int r = machine_table_take(table, &notice, at);

	notice_done(&notice);
	return r;
}

static struct notice ended(const char *mac, const char *end, uint64_t sequence)
{
	struct notice notice = make(NOTICE_END, mac, BOOT_1, sequence);

	notice.end = strdup(end);
	return notice;
}

static void assert_rows(const struct machine_table *table, double now, const char *states)
{
	json_t *rows = machine_table_to_json(table, now), *row;
	char *all = strdup("");
	size_t i;

	json_array_foreach(rows, i, row) {
		char *longer = text_format("%s%s%s %s", all, *all ? ", " : "", json_string_value(json_object_get(row, "mac")) + 15,
					   json_string_value(json_object_get(row, "state")));

		free(all);
		all = longer;
	}
	assert_string_equal(all, states);
	free(all);
	json_decref(rows);
}

static void test_table(void **state)
{
	struct machine_table table = { 0 };
	struct notice waits = make(NOTICE_PROGRESS, "52:54:00:00:00:0c", BOOT_1, 1);

	(void)state;
	waits.question = strdup("confirm");
	assert_int_equal(put(&table, make(NOTICE_BEGIN, MAC_A, BOOT_1, 1), 1000), 1);
	assert_int_equal(put(&table, make(NOTICE_BEGIN, MAC_B, BOOT_1, 1), 1001), 1);
	assert_int_equal(put(&table, waits, 1002), 1);
	assert_int_equal(put(&table, ended("52:54:00:00:00:0d", "bootable", 1), 900), 1);
	assert_int_equal(put(&table, ended("52:54:00:00:00:0e", "partial", 1), 990), 1);
	assert_int_equal(put(&table, ended("52:54:00:00:00:0f", "not-restored", 1), 980), 1);
	assert_rows(&table, 1003, "0f not-restored, 0e partial, 0c waits, 0a running, 0b running, 0d bootable");
	/* Only the amount; then an older one. */
	assert_int_equal(put(&table, make(NOTICE_PROGRESS, MAC_A, BOOT_1, 5), 1010), 0);
	assert_int_equal(put(&table, ended(MAC_A, "bootable", 5), 1011), 0);
	assert_int_equal(put(&table, make(NOTICE_PROGRESS, "52:54:00:00:00:0c", BOOT_1, 1), 1011), 0);
	assert_rows(&table, 1061.5, "0f not-restored, 0e partial, 0b silent, 0c waits, 0a running, 0d bootable");
	assert_rows(&table, 2000, "0f not-restored, 0e partial, 0b silent, 0c silent, 0a silent, 0d bootable");
	/* A later start of the machine counts from 1 again. */
	assert_int_equal(put(&table, make(NOTICE_BEGIN, "52:54:00:00:00:0f", BOOT_2, 1), 2000), 1);
	assert_int_equal(put(&table, make(NOTICE_PROGRESS, MAC_B, BOOT_1, 2), 2000), 1);
	assert_rows(&table, 2001, "0e partial, 0c silent, 0a silent, 0b running, 0f running, 0d bootable");
	machine_table_done(&table);
}

/* ---- once ---- */

static struct notice asks(const char *mac, const char *boot, const char *set, const char *token)
{
	struct notice notice = make(NOTICE_ONCE, mac, boot, 1);

	notice.set = strdup(set);
	notice.once = strdup(token);
	return notice;
}

static enum once_answer decide(const struct tokens *tokens, struct notice notice, bool has_entry)
{
	enum once_answer answer = once_decide(tokens, &notice, has_entry);

	notice_done(&notice);
	return answer;
}

static void use(struct tokens *tokens, struct notice notice, bool resumed, bool is_ended)
{
	struct token token;

	assert_int_equal(token_make(&notice, resumed, is_ended, &token), 0);
	assert_int_equal(tokens_put(tokens, &token), 0);
	notice_done(&notice);
}

static void test_rules(void **state)
{
	struct tokens tokens = { 0 };

	(void)state;
	assert_int_equal(decide(&tokens, asks(MAC_A, BOOT_1, SET_1, TOKEN ".0"), false), ONCE_UNKNOWN);
	assert_int_equal(decide(&tokens, asks(MAC_A, BOOT_1, SET_1, TOKEN ".0"), true), ONCE_GRANTED);
	/* The memory of its first use is lost. */
	assert_int_equal(decide(&tokens, asks(MAC_A, BOOT_1, SET_1, TOKEN ".1"), true), ONCE_RESUME);
	use(&tokens, asks(MAC_A, BOOT_1, SET_1, TOKEN ".0"), false, false);
	for (int has_entry = 0; has_entry < 2; has_entry++) {
		assert_int_equal(decide(&tokens, asks(MAC_A, BOOT_1, SET_1, TOKEN ".0"), has_entry), ONCE_GRANTED);
		assert_int_equal(decide(&tokens, asks(MAC_A, BOOT_2, SET_1, TOKEN ".0"), has_entry), ONCE_RESUME);
		assert_int_equal(decide(&tokens, asks(MAC_B, BOOT_1, SET_1, TOKEN ".0"), has_entry), ONCE_MACHINE);
		assert_int_equal(decide(&tokens, asks(MAC_A, BOOT_1, SET_2, TOKEN ".0"), has_entry), ONCE_SET);
	}
	/* Made again to resume. */
	assert_int_equal(decide(&tokens, asks(MAC_A, BOOT_1, SET_1, TOKEN ".1"), true), ONCE_RESUME);
	assert_int_equal(decide(&tokens, asks(MAC_A, BOOT_2, SET_1, TOKEN ".1"), false), ONCE_UNKNOWN);
	use(&tokens, asks(MAC_A, BOOT_2, SET_1, TOKEN ".1"), true, false);
	assert_int_equal(tokens.count, 1);
	assert_int_equal(decide(&tokens, asks(MAC_A, BOOT_2, SET_1, TOKEN ".1"), false), ONCE_RESUME);
	assert_int_equal(decide(&tokens, asks(MAC_A, BOOT_2, SET_1, TOKEN ".0"), true), ONCE_UNKNOWN);
	use(&tokens, asks(MAC_A, BOOT_2, SET_1, TOKEN ".1"), true, true);
	for (int has_entry = 0; has_entry < 2; has_entry++) {
		assert_int_equal(decide(&tokens, asks(MAC_A, BOOT_2, SET_1, TOKEN ".1"), has_entry), ONCE_ENDED);
		assert_int_equal(decide(&tokens, asks(MAC_A, BOOT_2, SET_1, TOKEN ".2"), has_entry), ONCE_ENDED);
	}
	tokens_done(&tokens);
}

static bool ends(const struct tokens *tokens, const char *mac, const char *boot, const char *end, bool has_entry)
{
	struct notice notice = asks(mac, boot, SET_1, TOKEN ".0");
	bool result;

	notice.kind = NOTICE_END;
	notice.end = strdup(end);
	result = once_is_ended_by(tokens, &notice, has_entry);
	notice_done(&notice);
	return result;
}

static void test_ends(void **state)
{
	struct tokens tokens = { 0 };

	(void)state;
	/* A start that came to no restore uses nothing up; one that finds the machine restored does. */
	assert_false(ends(&tokens, MAC_A, BOOT_1, "not-restored", true));
	assert_true(ends(&tokens, MAC_A, BOOT_1, "bootable", true));
	assert_false(ends(&tokens, MAC_A, BOOT_1, "bootable", false));
	use(&tokens, asks(MAC_A, BOOT_1, SET_1, TOKEN ".0"), false, false);
	assert_true(ends(&tokens, MAC_A, BOOT_1, "not-restored", false));
	assert_false(ends(&tokens, MAC_A, BOOT_2, "not-restored", false));
	assert_true(ends(&tokens, MAC_A, BOOT_2, "bootable", false));
	assert_false(ends(&tokens, MAC_B, BOOT_1, "bootable", true));
	tokens_done(&tokens);
}

static void test_kept(void **state)
{
	struct notice notice = asks(MAC_A, BOOT_1, SET_1, TOKEN ".4");
	struct token token, read;
	json_t *object;

	(void)state;
	assert_int_equal(token_make(&notice, true, false, &token), 0);
	object = token_to_json(&token);
	assert_int_equal(token_of_json(object, &read), 0);
	assert_string_equal(read.id, TOKEN);
	assert_int_equal(read.generation, 4);
	assert_true(read.resumed && !read.ended);
	assert_string_equal(read.machine.mac, MAC_A);
	assert_string_equal(read.machine.set, SET_1);
	token_done(&token);
	token_done(&read);
	notice_done(&notice);
	json_object_set_new(object, "id", json_string("short"));
	assert_int_equal(token_of_json(object, &read), -EINVAL);
	json_decref(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_message), cmocka_unit_test(test_token), cmocka_unit_test(test_table),
		cmocka_unit_test(test_rules),	cmocka_unit_test(test_ends),  cmocka_unit_test(test_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
