/* After the engine died: resume the restore, start over, or look around. */
#include <string.h>

#include "screen.h"
#include "text.h"
#include "words.h"

static enum view_end choose(struct console *console, const char *value)
{
	if (!strcmp(value, "start-over")) {
		bool yes;
		enum view_end end = form_ask(console->term, _("Start over?"),
					     _("What was restored so far is given up. You choose the set and the disks again, and confirm each disk."),
					     _("Start over"), _("Back"), &yes);

		if (end != VIEW_CHOICE || !yes)
			return end == VIEW_CHOICE ? VIEW_NEWS : end;
		if (console_is_stale(console))
			return VIEW_NEWS;
	}
	return console_answer(console, json_string(value));
}

enum view_end screen_resume(struct console *console, json_t *question)
{
	struct form *form = form_new(console->term, _("Interrupted restore"), FORM_WIDE);
	json_t *options = member_array(question, "options"), *option;
	AUTO_FREE char *text = words_resume(question);
	enum view_end end;
	int chosen, entry;
	size_t i;

	form_banner(form, TONE_CARE, words_translate(member_text(question, "title")));
	form_gap(form);
	form_text(form, text ? text : member_text(question, "text"));
	form_gap(form);
	form_list(form, NULL, false);
	json_array_foreach(options, i, option) {
		form_entry(form, words_translate(member_text(option, "text")), words_translate(member_text(option, "detail")),
			   member_true(option, "enabled"), false);
		if (!strcmp(member_text(option, "value"), member_text(question, "default")))
			form_select(form, (int)i);
	}
	form_button(form, _("Continue"));
	end = console_form(console, form, 0,
			   _("The program that restores died and was started again. Its processes were ended and its filesystems unmounted.\n"
			     "Resuming keeps what is complete, and verifies everything at the end. The log says what happened."),
			   &chosen);
	entry = form_current(form);
	form_free(form);
	if (end != VIEW_CHOICE || entry < 0)
		return end;
	return choose(console, member_text(json_array_get(options, (size_t)entry), "value"));
}
