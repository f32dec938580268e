/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "results.h"

#include <errno.h>
#include <string.h>

#include "../core/bytes.h"

/* Paths and lines may hold any byte. */
static json_t *texts_to_json(char *const *texts)
{
	json_t *array = json_array();

	for (size_t i = 0; texts && texts[i]; i++) {
		AUTO_FREE char *escaped = bytes_escape(texts[i], strlen(texts[i]));

		if (!escaped || json_array_append_new(array, json_string(escaped)) < 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static int texts_from_json(json_t *array, char ***ret, size_t *ret_count)
{
	AUTO_STRV char **texts = NULL;
	size_t i, count = 0;
	json_t *item;

	json_array_foreach(array, i, item) {
		AUTO_FREE char *text = json_is_string(item) ? bytes_unescape(json_string_value(item), NULL) : NULL;

		if (!text)
			return -EBADMSG;
		if (strv_append_counted(&texts, &count, text) < 0)
			return -ENOMEM;
	}
	*ret = TAKE_POINTER(texts);
	*ret_count = count;
	return 0;
}

/* What is known where making the system bootable is over. */
static json_t *present_results(const struct outcome *outcome)
{
	json_t *list = texts_to_json(outcome->list);
	json_t *result = list ? json_pack("{sb, so, ss*, ss*}", "extracted", (int)outcome->extracted, "list", list, "end",
					  outcome->end == END_NONE ? NULL : end_state_program_name(outcome->end), "reason", outcome->reason) : NULL;
	json_t *changed, *reasons;

	if (!result)
		return NULL;
	changed = texts_to_json(outcome->finish.changed);
	reasons = texts_to_json(outcome->finish.reasons);
	if (changed && reasons && json_object_set(result, "changed", changed) == 0 && json_object_set(result, "reasons", reasons) == 0 &&
	    json_object_set_new(result, "bootable", json_boolean(outcome->finish.bootable)) == 0 &&
	    json_object_set_new(result, "incomplete", json_boolean(outcome->finish.incomplete)) == 0) {
		json_decref(changed);
		json_decref(reasons);
		return result;
	}
	json_decref(changed);
	json_decref(reasons);
	json_decref(result);
	return NULL;
}

int results_keep(struct restore_run *run, const struct outcome *outcome, enum restore_stage stage)
{
	json_t *present;

	if (!run->results)
		run->results = json_object();
	/* Resumed here, files are extracted again where they lack, and what cannot be is found again: a list of before would be of no use. */
	if (stage == STAGE_BOOT)
		return json_object_set_new(run->results, "begun", json_integer((json_int_t)time(NULL))) == 0 ? 0 : -ENOMEM;
	present = present_results(outcome);
	return present && json_object_set_new(run->results, stage_name(stage), present) == 0 ? 0 : -ENOMEM;
}

static int take_finish(struct finish_result *finish, json_t *result)
{
	json_t *changed = json_object_get(result, "changed");
	size_t count;
	int r = json_is_array(changed) ? texts_from_json(changed, &finish->changed, &count) : -EBADMSG;

	if (r == 0)
		r = texts_from_json(json_object_get(result, "reasons"), &finish->reasons, &count);
	finish->bootable = json_is_true(json_object_get(result, "bootable"));
	finish->incomplete = json_is_true(json_object_get(result, "incomplete"));
	return r;
}

int results_take(struct restore_run *run, json_t *results, struct outcome *outcome)
{
	json_t *result = json_object_get(results, stage_name(run->resumed));
	const char *end = json_string_value(json_object_get(result, "end")), *reason = json_string_value(json_object_get(result, "reason"));
	int r;

	if (run->resumed == STAGE_EXTRACT)
		return 0;
	if (!json_is_integer(json_object_get(results, "begun")))
		return -EBADMSG;
	run->boot_begun = (time_t)json_integer_value(json_object_get(results, "begun"));
	if (run->resumed == STAGE_BOOT)
		return 0;
	if (!json_is_object(result))
		return -EBADMSG;
	outcome->extracted = json_is_true(json_object_get(result, "extracted"));
	outcome->list = strv_free(outcome->list);
	outcome->list_count = 0;
	r = texts_from_json(json_object_get(result, "list"), &outcome->list, &outcome->list_count);
	/* Before the finish phase, only the end of a restore that lacks something is known. */
	if (end)
		outcome_end(outcome, end_state_parse(end), "%s", reason ? reason : "Not everything could be restored as it was saved");
	if (r == 0 && run->resumed == STAGE_VERIFY)
		r = take_finish(&outcome->finish, result);
	json_decref(run->results);
	run->results = json_incref(results);
	return r;
}
