/* SPDX-License-Identifier: GPL-3.0-or-later */
/* After the engine died: resume the restore, start over, or look around. */
#include <string.h>

#include "options.h"
#include "screen.h"
#include "text.h"
#include "words.h"

static const char *text_of(json_t *option)
{
	return words_translate(member_text(option, "text"));
}

static const char *detail_of(json_t *option)
{
	return words_translate(member_text(option, "detail"));
}

static enum view_end choose(struct console *console, const char *value)
{
	if (!strcmp(value, "start-over")) {
		enum view_end end =
			options_confirm(console, _("Start over?"),
					_("What was restored so far is given up. You choose the set and the disks again, and confirm each disk."),
					_("Start over"));

		if (end != VIEW_CHOICE)
			return end;
	}
	return console_answer(console, json_string(value));
}

enum view_end screen_resume(struct console *console, json_t *question)
{
	struct form *form = form_new(console->term, _("Interrupted restore"), FORM_WIDE);
	AUTO_FREE char *text = words_resume(question);
	const char *value;
	enum view_end end;
	int chosen;

	form_banner(form, TONE_CARE, words_translate(member_text(question, "title")));
	form_gap(form);
	form_text(form, text ? text : member_text(question, "text"));
	form_gap(form);
	options_add(form, question, text_of, detail_of);
	form_button(form, _("Continue"));
	end = console_form(console, form, 0,
			   _("The program that restores died and was started again. Its processes were ended and its filesystems unmounted.\n"
			     "Resuming keeps what is complete, and verifies everything at the end. The log says what happened."),
			   &chosen);
	value = options_selected(form, question);
	form_free(form);
	return end == VIEW_CHOICE && value ? choose(console, value) : end;
}
