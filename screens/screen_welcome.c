/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first question: what will happen. */
#include <string.h>

#include "screen.h"
#include "text.h"
#include "words.h"

/* Whether QUESTION has the option that copies all that is needed into memory. */
static bool offers_memory(json_t *question)
{
	json_t *option;
	size_t i;

	json_array_foreach(member_array(question, "options"), i, option)
		if (!strcmp(member_text(option, "value"), "memory"))
			return true;
	return false;
}

enum view_end screen_welcome(struct console *console, json_t *question)
{
	struct form *form = form_new(console->term, _("Welcome to Lifeboat"), FORM_WIDE);
	AUTO_FREE char *language = words_language();
	enum view_end end;
	int chosen;

	if (language) {
		form_text(form, language);
		form_gap(form);
	}
	form_text(form, _("Lifeboat brings this machine back from a recovery set."));
	form_gap(form);
	form_text(form, _("You will see, one after the other:\n"
			  "  1. the hardware of this machine\n"
			  "  2. the recovery sets that were found\n"
			  "  3. the target disks: where each saved disk is restored to\n"
			  "  4. the plan: everything that will be done\n"
			  "  5. every disk that will be erased, for your consent\n"
			  "  6. the restore, its verification and the result"));
	form_gap(form);
	if (member_true(json_object_get(question, "data"), "written"))
		form_text(form, _("Disks were written already by a restore that was interrupted. Nothing more is written to any disk before you "
				  "have confirmed it at point 5."));
	else
		form_text(form, _("Nothing is written to any disk before you have confirmed it at point 5. Until then you can go back or "
			  "stop at any time."));
	form_button(form, _("Continue"));
	if (offers_memory(question))
		form_button(form, _("Run from memory"));
	end = console_form(
		console, form, 0,
		member_true(json_object_get(question, "data"), "written")
			? _("This is the start of a restore. Press Enter to continue.\n"
			    "If you only want to look around, press '!' for a shell.")
			: _("This is the start of a restore. Press Enter to continue.\n"
			    "'Run from memory' copies the recovery set that you choose into memory, where there is room: the medium can be taken out "
			    "then, and its disk may be a target.\n"
			    "If you only want to look around, press '!' for a shell; nothing has been changed so far."),
		&chosen);
	form_free(form);
	return end == VIEW_CHOICE ? console_answer(console, json_string(chosen == 1 ? "memory" : "continue")) : end;
}
