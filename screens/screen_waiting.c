/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Without an engine. */
#include "screen.h"
#include "text.h"
#include "words.h"

enum view_end screen_waiting(struct console *console)
{
	bool first = !console->attached_once;
	json_t *state = console->model.end;
	struct form *form = form_new(console->term, first ? _("Starting") : state ? _("The end") : _("No engine"), FORM_WIDE);
	enum view_end end;
	int chosen;

	if (first) {
		form_text(form, _("The restore engine is starting. This takes a few seconds."));
	} else if (state) {
		AUTO_FREE char *text = line_format(_("The session has ended: %s."),
						   words_translate(member_text(state, "state")));

		form_text(form, text);
		if (*member_text(state, "reason"))
			form_text(form, words_translate(member_text(state, "reason")));
		form_gap(form);
		screen_end_list(form, state);
		if (*member_text(state, "log")) {
			AUTO_FREE char *log = line_format(_("Log: %s"), member_text(state, "log"));

			form_text(form, log);
		}
		form_text(form, _("This console waits for the next session."));
	} else {
		form_banner(form, TONE_CARE, _("The restore engine has stopped"));
		form_gap(form);
		form_text(form, _("This console continues by itself as soon as the engine is back. The files restored so far are not lost.\n"
				  "The log ('l') shows the last messages; '!' opens a shell."));
	}
	form_button(form, _("Wait"));
	do
		end = console_form(console, form, 0,
				   state ? _("The session has ended; its log says more. Whoever starts the next session here meets it on this console, "
					     "too. 'q' leaves the console.") :
					   _("The engine carries out the restore; this console only shows it. It looks for the engine several times a "
					     "second and continues by itself.\n"
					     "If that takes longer than a minute, open a shell ('!') and read /run/lifeboat/lifeboat.log."),
				   &chosen);
	while (end == VIEW_CHOICE);
	form_free(form);
	return end;
}
