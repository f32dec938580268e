/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "translate.h"

#include <stdbool.h>
#include <string.h>

#include "../backend/messages.h"
#include "text.h"

/* Members that hold texts for people, alone or in lists. All others are data. */
static const char *const members[] = {
	"class", "contents", "detail", "disks", "doubts", "erases", "item", "line", "list", "lost", "medium", "missing", "reason", "resumes",
	"shrinks", "source", "target", "text", "title",
};

static bool is_for_people(const char *member)
{
	for (size_t i = 0; i < ARRAY_LENGTH(members); i++)
		if (!strcmp(members[i], member))
			return true;
	return false;
}

/* TEXT as a new JSON string; NULL: there is nothing to translate. */
static json_t *translation(const char *text, json_t *messages)
{
	json_t *sent = json_object_get(messages, text), *form = sent ? json_incref(sent) : sentence_form(text);
	AUTO_FREE char *shown = form ? sentence_show(form, catalogue_format) : NULL;

	json_decref(form);
	if (shown)
		return json_string(shown);
	return *text && catalogue_text(text) != text ? json_string(catalogue_text(text)) : NULL;
}

static void translate_list(json_t *list, json_t *messages);

static void translate_object(json_t *object, json_t *messages)
{
	const char *key;
	json_t *value, *shown;
	void *next;

	json_object_foreach_safe(object, next, key, value) {
		if (json_is_object(value)) {
			translate_object(value, messages);
		} else if (json_is_array(value)) {
			json_t *item;
			size_t i;

			if (is_for_people(key))
				translate_list(value, messages);
			json_array_foreach(value, i, item)
				translate_object(item, messages);
		} else if (json_is_string(value) && is_for_people(key) && (shown = translation(json_string_value(value), messages))) {
			json_object_set_new(object, key, shown);
		}
	}
}

static void translate_list(json_t *list, json_t *messages)
{
	json_t *item, *shown;
	size_t i;

	json_array_foreach(list, i, item)
		if (json_is_string(item) && (shown = translation(json_string_value(item), messages)))
			json_array_set_new(list, i, shown);
}

void translate_event(json_t *event)
{
	json_t *messages = json_incref(json_object_get(event, "messages"));

	json_object_del(event, "messages");
	translate_object(event, messages);
	json_decref(messages);
}

char *translate_sentence(const char *text)
{
	json_t *shown = translation(text, NULL);
	char *copy = strdup(shown ? json_string_value(shown) : text);

	json_decref(shown);
	return copy;
}

void translate_print(FILE *out, const char *format, const char *text)
{
	AUTO_FREE char *said = translate_sentence(text);

	fprintf(out, format, said ? said : text);
}
