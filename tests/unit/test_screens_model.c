/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The state a front end keeps: every event, and any nonsense in its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../screens/edit_rows.h"
#include "../../screens/model.h"
#include "../../screens/words.h"
#include "quoted_json.h"

static void apply(struct model *model, const char *text)
{
	json_t *event = quoted_json(text);

	model_apply(model, event);
	json_decref(event);
}

static void phases_follow_events(void **state)
{
	struct model model;

	(void)state;
	model_init(&model);
	assert_null(model_running(&model));
	apply(&model, "{'event': 'state', 'mode': 'nuke', 'rescue': true, 'phases': [{'name': 'media', 'title': "
		      "'Media', 'state': 'done',"
		      " 'text': ''}, {'name': 'plan', 'title': 'Plan', 'state': 'running', 'text': ''}], 'end': null}");
	assert_string_equal(model.mode, "nuke");
	assert_true(model.rescue);
	assert_int_equal(model_running_index(&model), 2);
	apply(&model, "{'event': 'phase', 'phase': 'plan', 'title': 'Plan', 'state': 'done', 'text': '7 steps'}");
	assert_null(model_running(&model));
	assert_string_equal(model.phases[1].text, "7 steps");
	apply(&model, "{'event': 'phase', 'phase': 'new', 'state': 'running'}");
	assert_string_equal(model_running(&model)->title, "new");
	model_done(&model);
}

static void questions_open_and_close(void **state)
{
	struct model model;

	(void)state;
	model_init(&model);
	apply(&model, "{'event': 'question', 'id': 4, 'name': 'set'}");
	assert_int_equal(model_question_id(&model), 4);
	apply(&model, "{'event': 'answered', 'id': 3, 'name': 'x', 'by': 'a'}");
	assert_int_equal(model_question_id(&model), 4);
	apply(&model, "{'event': 'refused', 'id': 4, 'reason': 'no'}");
	assert_string_equal(model.refused, "no");
	assert_int_equal(model_question_id(&model), 4);
	apply(&model, "{'event': 'answered', 'id': 4, 'name': 'set', 'by': 'tty1'}");
	assert_int_equal(model_question_id(&model), 0);
	assert_string_equal(model.answered_by, "tty1");
	apply(&model, "{'event': 'question', 'id': 5, 'name': 'plan'}");
	assert_null(model.refused);
	apply(&model, "{'event': 'end', 'name': 'partial', 'status': 4}");
	assert_non_null(model.end);
	/* The session begins again. */
	apply(&model, "{'event': 'state', 'mode': 'ask', 'phases': [], 'end': null}");
	assert_null(model.end);
	model_done(&model);
}

static void nonsense_is_passed_over(void **state)
{
	static const char *const events[] = {
		"{}",
		"{'event': 5}",
		"{'event': 'what'}",
		"{'event': 'state'}",
		"{'event': 'state', 'phases': {'a': 1}, 'mode': 3}",
		"{'event': 'state', 'phases': [1, null, {}, {'name': 5}]}",
		"{'event': 'phase'}",
		"{'event': 'phase', 'phase': null}",
		"{'event': 'log', 'text': 7, 'time': 'x'}",
		"{'event': 'question', 'id': 'x'}",
		"{'event': 'answered'}",
		"{'event': 'refused'}",
		"{'event': 'progress', 'fraction': 'x', 'item': []}",
		"{'event': 'hardware'}",
		"{'event': 'sets', 'sets': 5}",
		"{'event': 'end'}",
		"[]",
		"null",
	};
	struct model model;

	(void)state;
	model_init(&model);
	for (size_t i = 0; i < ARRAY_LENGTH(events); i++)
		apply(&model, events[i]);
	assert_int_equal(model_question_id(&model), 0);
	model_done(&model);
}

static void log_is_bounded(void **state)
{
	struct model model;

	(void)state;
	model_init(&model);
	for (int i = 0; i < 30000; i++) {
		json_t *event = json_pack("{ss, ss, ss, si}", "event", "log", "level", i == 7 ? "warning" : "info", "text",
					  "line", "time", i);

		model_apply(&model, event);
		json_decref(event);
	}
	assert_true(model.log_count <= 20000);
	assert_true(model.log[model.log_count - 1].time == 29999);
	/* However much is said after it, a warning stays. */
	assert_string_equal(model.log[0].level, "warning");
	assert_true(model.log[0].time == 7);
	assert_true(model.log_trims > 0);
	model_done(&model);
}

static void words(void **state)
{
	static const struct {
		double seconds;
		const char *text;
	} durations[] = { { -1, "0 s" },          { 0, "0 s" },         { 59.4, "59 s" },
			  { 59.6, "1 min 00 s" }, { 65, "1 min 05 s" }, { 7500, "2 h 05 min" } };
	char *text;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(durations); i++) {
		text = words_duration(durations[i].seconds);
		assert_string_equal(text, durations[i].text);
		free(text);
	}
	text = words_time("2026-11-20T03:00:12Z");
	assert_string_equal(text, "2026-11-20 03:00 UTC");
	free(text);
	text = words_time("yesterday");
	assert_string_equal(text, "yesterday");
	free(text);
	text = words_size(-5);
	assert_non_null(text);
	free(text);
}

/* What was changed of a row of the editor is told, one thing as one. */
static void changes_have_words(void **state)
{
	static const struct {
		const char *wish, *words;
	} cases[] = {
		{ "{'members': 1}", "Changed: 1 member. " },
		{ "{'members': 3}", "Changed: 3 members. " },
		{ "{'spread': 1}", "Changed: over 1 more disk. " },
		{ "{'spread': 2}", "Changed: over 2 more disks. " },
		{ "{'spares': 0}", "Changed: spares: 0. " },
		{ "{'plain': true}", "Changed: not made, but what lies on it. " },
		{ "{'plain': 'part:1.2'}", "Changed: not made, but what lies on it. " },
		{ "{'onto': 'disk:0'}", "Changed: laid onto another disk. " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		json_t *row = quoted_json("{'type': 'raid', 'text': 'RAID 1 array'}");
		char *detail;

		json_object_set_new(row, "wish", quoted_json(cases[i].wish));
		detail = edit_row_detail(row);
		assert_string_equal(strchr(detail, '\n') + 1, cases[i].words);
		free(detail);
		json_decref(row);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(phases_follow_events),
		cmocka_unit_test(questions_open_and_close),
		cmocka_unit_test(nonsense_is_passed_over),
		cmocka_unit_test(log_is_bounded),
		cmocka_unit_test(words),
		cmocka_unit_test(changes_have_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
