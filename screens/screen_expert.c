/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Expert: a root shell on this terminal; when it ends, the session continues. */
#include "screen.h"
#include "text.h"
#include "words.h"

enum view_end screen_expert(struct console *console, json_t *question)
{
	struct form *form = form_new(console->term, _("Expert"), FORM_WIDE);
	AUTO_FREE char *banner = line_format(_("%s\n\nType 'exit' to go back to the console.\n\n"),
					     member_text(question, "text"));
	enum view_end end;
	int chosen;

	form_text(form, _("A root shell with the tools of the rescue system opens on this terminal. 'exit' ends it and "
			  "comes back to the "
			  "console."));
	if (*member_text(question, "text")) {
		form_gap(form);
		form_text(form, member_text(question, "text"));
	}
	form_button(form, _("Open the shell"));
	form_button(form, _("Back to the console"));
	end = console_form(
		console, form, 0,
		_("The shell can do anything to this machine. Nothing that you do there is undone by the console.\n"
		  "The session waits until the shell has ended or 'Back to the console' is chosen."),
		&chosen);
	form_free(form);
	if (end != VIEW_CHOICE)
		return end;
	if (chosen == 0) {
		end = console_run_shell(console, banner);
		if (end != VIEW_CHANGED)
			return end;
		if (console_is_stale(console))
			return VIEW_NEWS;
	}
	return console_answer(console, json_string("done"));
}
