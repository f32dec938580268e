#include "results.h"

#include <errno.h>
#include <string.h>

#include "../core/bytes.h"
#include "../session/phases.h"

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

static json_t *present_results(const struct session *s, enum restore_stage stage)
{
	json_t *list = texts_to_json(s->list);
	json_t *result = list ? json_pack("{sb, so, ss*, ss*}", "extracted", (int)s->extracted, "list", list, "end",
					  s->end == END_NONE ? NULL : end_state_program_name(s->end), "reason", s->reason) : NULL;
	json_t *changed, *reasons;

	if (!result || stage != STAGE_VERIFY)
		return result;
	changed = texts_to_json(s->finish.changed);
	reasons = texts_to_json(s->finish.reasons);
	if (changed && reasons && json_object_set(result, "changed", changed) == 0 && json_object_set(result, "reasons", reasons) == 0 &&
	    json_object_set_new(result, "bootable", json_boolean(s->finish.bootable)) == 0 &&
	    json_object_set_new(result, "incomplete", json_boolean(s->finish.incomplete)) == 0) {
		json_decref(changed);
		json_decref(reasons);
		return result;
	}
	json_decref(changed);
	json_decref(reasons);
	json_decref(result);
	return NULL;
}

int results_keep(struct session *s, enum restore_stage stage)
{
	json_t *present = present_results(s, stage);

	if (!s->results)
		s->results = json_object();
	if (stage == STAGE_BOOT)
		json_object_set_new(s->results, "begun", json_integer((json_int_t)time(NULL)));
	return present && json_object_set_new(s->results, stage_name(stage), present) == 0 ? 0 : -ENOMEM;
}

static int take_finish(struct session *s, json_t *result)
{
	json_t *changed = json_object_get(result, "changed");
	size_t count;
	int r = json_is_array(changed) ? texts_from_json(changed, &s->finish.changed, &count) : -EBADMSG;

	if (r == 0)
		r = texts_from_json(json_object_get(result, "reasons"), &s->finish.reasons, &count);
	s->finish.bootable = json_is_true(json_object_get(result, "bootable"));
	s->finish.incomplete = json_is_true(json_object_get(result, "incomplete"));
	return r;
}

int results_take(struct session *s, json_t *results)
{
	json_t *result = json_object_get(results, stage_name(s->resumed));
	const char *end = json_string_value(json_object_get(result, "end")), *reason = json_string_value(json_object_get(result, "reason"));
	int r;

	if (s->resumed == STAGE_EXTRACT)
		return 0;
	if (!json_is_object(result) || !json_is_integer(json_object_get(results, "begun")))
		return -EBADMSG;
	s->boot_begun = (time_t)json_integer_value(json_object_get(results, "begun"));
	s->extracted = json_is_true(json_object_get(result, "extracted"));
	s->list = strv_free(s->list);
	s->list_count = 0;
	r = texts_from_json(json_object_get(result, "list"), &s->list, &s->list_count);
	/* Before the finish phase, only the end of a restore that lacks something is known. */
	if (end)
		session_end(s, end_state_parse(end), "%s", reason ? reason : "Not everything could be restored as it was saved");
	if (r == 0 && s->resumed == STAGE_VERIFY)
		r = take_finish(s, result);
	json_decref(s->results);
	s->results = json_incref(results);
	return r;
}
