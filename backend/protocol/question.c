/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "question.h"

#include <errno.h>
#include <string.h>

#include "../core/event.h"
#include "../core/sentence.h"

int question_option(struct question *question, const char *value, const char *text, const char *detail, const char *reason)
{
	if (!question->options)
		question->options = json_array();
	return json_array_append_new(question->options,
				     json_pack("{ss, ss, ss, sb, ss}", "value", value, "text", text, "detail",
					       detail ? detail : "", "enabled", reason == NULL, "reason",
					       reason ? reason : "")) < 0 ? -ENOMEM : 0;
}

int question_data(struct question *question, const char *key, json_t *value)
{
	if (!question->data)
		question->data = json_object();
	return json_object_set_new(question->data, key, value) < 0 ? -ENOMEM : 0;
}

json_t *question_event(const struct question *question, int id)
{
	return event_question(&(struct event_question){
		.id = id, .name = question->name, .type = question->type, .title = question->title, .text = question->text,
		.reason = question->reason, .options = question->options, .preset = question->preset, .data = question->data,
		.certain = question->certain, .secret = question->secret, .back = question->back, .rescan = question->rescan });
}

/* Checks of the types: NULL or the sentence. */

static const char *check_choice(const struct question *question, json_t *value)
{
	const char *text = json_string_value(value);
	json_t *option;
	size_t i;

	if (!text)
		return N_("The answer to this question is one of its options.");
	json_array_foreach(question->options, i, option) {
		if (strcmp(json_string_value(json_object_get(option, "value")), text))
			continue;
		return json_is_true(json_object_get(option, "enabled")) ? NULL : N_("This option cannot be chosen now.");
	}
	if (*text && json_is_true(json_object_get(question->data, "free_text")))
		return NULL;
	return N_("This question has no such option.");
}

static const char *check_choices(const struct question *question, json_t *value)
{
	const char *refusal;
	json_t *item;
	size_t i;

	if (!json_is_array(value))
		return N_("The answer to this question is a list of its options.");
	json_array_foreach(value, i, item) {
		refusal = check_choice(question, item);
		if (refusal)
			return refusal;
	}
	return NULL;
}

static const char *check_yesno(const struct question *question, json_t *value)
{
	(void)question;
	return json_is_boolean(value) ? NULL : N_("The answer to this question is yes or no.");
}

static const char *check_text(const struct question *question, json_t *value)
{
	(void)question;
	return json_is_string(value) ? NULL : N_("The answer to this question is a text.");
}

static const char *check_number(const struct question *question, json_t *value)
{
	(void)question;
	return json_is_integer(value) ? NULL : N_("The answer to this question is a whole number.");
}

static const char *check_map(const struct question *question, json_t *value)
{
	const char *key;
	json_t *target;

	(void)question;
	if (!json_is_object(value))
		return N_("The answer to this question says for each saved disk which disk takes its place.");
	json_object_foreach(value, key, target)
		if (!json_is_string(target) && !json_is_null(target))
			return N_("Each saved disk goes to one disk, or is left out.");
	return NULL;
}

static const char *check_erase(const struct question *question, json_t *value)
{
	const char *disk = json_string_value(json_object_get(question->data, "disk"));
	const char *given = json_string_value(json_object_get(value, "erase"));

	if (!disk || !given || strcmp(disk, given))
		return N_("This is not the confirmation for this disk; nothing was erased.");
	return NULL;
}

/* An object of changes or settings; what is in it is looked at by whoever makes something of it. */
static const char *check_edit(const struct question *question, json_t *value)
{
	return json_is_object(value) ? NULL : check_choice(question, value);
}

static const struct {
	const char *name;
	const char *(*check)(const struct question *question, json_t *value);
} types[] = {
	{ "choice", check_choice },
	{ "choices", check_choices },
	{ "yesno", check_yesno },
	{ "text", check_text },
	{ "number", check_number },
	{ "map", check_map },
	{ "erase", check_erase },
	{ "edit", check_edit },
	{ "settings", check_edit },
};

const char *question_refusal(const struct question *question, json_t *value)
{
	for (size_t i = 0; i < ARRAY_LENGTH(types); i++)
		if (!strcmp(types[i].name, question->type))
			return types[i].check(question, value);
	return N_("This question cannot be answered.");
}

void question_done(struct question *question)
{
	free(question->text);
	free(question->reason);
	json_decref(question->options);
	json_decref(question->preset);
	json_decref(question->data);
	*question = (struct question){ 0 };
}
