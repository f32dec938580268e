/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any question, by its type: for names this program does not know. */
#include <string.h>

#include "screen.h"
#include "text.h"
#include "words.h"

static const char *help(void)
{
	return _("A question of the session. The mark is on what is proposed; Enter takes it.");
}

static json_t *chosen_ticks(struct form *form, json_t *options)
{
	json_t *values = json_array();

	for (size_t i = 0; i < json_array_size(options); i++)
		if (form_entry_ticked(form, (int)i))
			json_array_append(values, json_object_get(json_array_get(options, i), "value"));
	return values;
}

static bool holds(json_t *wanted, json_t *value)
{
	json_t *one;
	size_t i;

	if (!json_is_array(wanted))
		return json_equal(wanted, value);
	json_array_foreach(wanted, i, one)
		if (json_equal(one, value))
			return true;
	return false;
}

static void add_options(struct form *form, json_t *question, bool several)
{
	json_t *option, *wanted = json_object_get(question, "default");
	size_t i;

	form_gap(form);
	form_list(form, NULL, several);
	json_array_foreach(member_array(question, "options"), i, option) {
		bool enabled = member_true(option, "enabled");
		bool proposed = holds(wanted, json_object_get(option, "value"));

		form_entry(form, member_text(option, "text"), member_text(option, enabled ? "detail" : "reason"),
			   enabled, several && proposed);
		if (!several && proposed)
			form_select(form, (int)i);
	}
}

/* The value of what was entered; NULL when it is none that the type takes. */
static json_t *value_of(struct form *form, json_t *question, const char *type, int chosen)
{
	json_t *options = member_array(question, "options");
	int64_t number;

	if (!strcmp(type, "yesno"))
		return json_boolean(chosen == 0);
	if (!strcmp(type, "choices"))
		return chosen_ticks(form, options);
	if (!strcmp(type, "text"))
		return json_string(form_value(form));
	if (!strcmp(type, "number"))
		return parse_i64(form_value(form), &number) ? json_integer(number) : NULL;
	return json_incref(json_object_get(json_array_get(options, (size_t)form_current(form)), "value"));
}

static void add_field(struct form *form, json_t *question)
{
	json_t *wanted = json_object_get(question, "default");
	AUTO_FREE char *value = json_is_integer(wanted)
					? line_format("%lld", (long long)json_integer_value(wanted))
					: line_format("%s", json_is_string(wanted) ? json_string_value(wanted) : "");

	form_gap(form);
	form_field(form, "", value, 60, member_true(question, "secret"));
}

enum view_end screen_generic(struct console *console, json_t *question)
{
	const char *type = member_text(question, "type");
	struct form *form;
	enum view_end end;
	int chosen;

	if (!strcmp(type, "erase"))
		return screen_confirm(console, question);
	if (!strcmp(type, "map") && json_array_size(member_array(json_object_get(question, "data"), "sources")))
		return screen_disks(console, question);
	form = form_new(console->term, words_translate(member_text(question, "title")), FORM_WIDE);
	form_text(form, words_translate(member_text(question, "text")));
	if (!strcmp(type, "choice") || !strcmp(type, "choices"))
		add_options(form, question, !strcmp(type, "choices"));
	else if (!strcmp(type, "text") || !strcmp(type, "number"))
		add_field(form, question);
	if (!strcmp(type, "yesno")) {
		form_button(form, _("Yes"));
		form_button(form, _("No"));
		if (!member_true(question, "default"))
			form_default(form, 1, 1);
	} else {
		form_button(form, _("Continue"));
	}
	do {
		end = console_form(console, form, 0, help(), &chosen);
		if (end == VIEW_CHOICE) {
			json_t *value = value_of(form, question, type, chosen);

			end = value ? console_answer(console, value)
				    : form_message(console->term, _("Not possible"), _("Please enter a whole number."),
						   _("OK"));
			if (end == VIEW_CHOICE)
				end = console_is_stale(console) ? VIEW_NEWS : VIEW_CHANGED;
		}
	} while (end == VIEW_CHANGED);
	form_free(form);
	return end;
}
