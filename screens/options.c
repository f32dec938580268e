/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "options.h"

#include <string.h>

#include "text.h"
#include "words.h"

bool options_offer(json_t *question, const char *value)
{
	json_t *option;
	size_t i;

	json_array_foreach(member_array(question, "options"), i, option)
		if (!strcmp(member_text(option, "value"), value))
			return true;
	return false;
}

void options_add(struct form *form, json_t *question, const char *(*text)(json_t *option), const char *(*detail)(json_t *option))
{
	json_t *option;
	size_t i;

	form_list(form, NULL, false);
	json_array_foreach(member_array(question, "options"), i, option) {
		form_entry(form, text(option), detail(option), member_true(option, "enabled"), false);
		if (!strcmp(member_text(option, "value"), member_text(question, "default")))
			form_select(form, (int)i);
	}
}

const char *options_selected(struct form *form, json_t *question)
{
	int entry = form_current(form);

	return entry < 0 ? NULL : member_text(json_array_get(member_array(question, "options"), (size_t)entry), "value");
}

enum view_end options_confirm(struct console *console, const char *title, const char *text, const char *yes)
{
	bool confirmed;
	enum view_end end = form_ask(console->term, title, text, yes, _("Back"), &confirmed);

	if (end != VIEW_CHOICE)
		return end;
	return confirmed && !console_is_stale(console) ? VIEW_CHOICE : VIEW_NEWS;
}
