/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trouble that a person has to know of: a medium that cannot be read, and lists of what differs. */
#include <string.h>

#include "options.h"
#include "screen.h"
#include "text.h"
#include "words.h"

enum view_end screen_media_lost(struct console *console, json_t *question)
{
	struct form *form = form_new(console->term, _("The medium"), FORM_WIDE);
	bool salvage = options_offer(question, "salvage"), yes = false;
	bool written = !json_is_false(json_object_get(json_object_get(question, "data"), "written"));
	enum view_end end;
	int chosen, give_up = salvage ? 2 : 1;

	form_banner(form, TONE_CARE, _("The recovery set cannot be read"));
	form_gap(form);
	form_text(form, member_text(question, "text"));
	form_gap(form);
	form_text(form, written ? _("Connect or insert the medium again, then choose \"Try again\": the restore continues where it stopped. "
				    "The time that it waits is not counted.")
				: _("Nothing was written to any disk. Connect or insert the medium again, then choose \"Try again\": the work "
				    "continues."));
	form_button(form, _("Try again"));
	if (salvage)
		form_button(form, _("Restore what is intact"));
	form_button(form, _("Give up"));
	do {
		end = console_form(console, form, 0,
				   written ? _("The medium that holds the recovery set went away or gives read errors. Check the cable or clean the "
					       "disc, then try again. Giving up leaves the restore unfinished.")
					   : _("The medium that holds the recovery set went away or gives read errors. Check the cable or clean the "
					       "disc, then try again. Nothing was written to any disk, and giving up leaves it so."),
				   &chosen);
		if (end != VIEW_CHOICE || chosen != give_up)
			break;
		end = form_ask(console->term, _("Give up?"),
			       written ? _("The restore stays unfinished, and the machine cannot be used until it is restored again.")
				       : _("Nothing was written to any disk. The session ends."),
			       _("Give up"), _("Back"), &yes);
		if (end == VIEW_CHOICE && !yes)
			end = console_is_stale(console) ? VIEW_NEWS : VIEW_CHANGED;
	} while (end == VIEW_CHANGED);
	form_free(form);
	if (end != VIEW_CHOICE)
		return end;
	return console_answer(console, json_string(yes ? "abort" : chosen == 0 ? "retry" : "salvage"));
}

/* Found before anything was erased. */
enum view_end screen_set_damaged(struct console *console, json_t *question)
{
	json_t *data = json_object_get(question, "data"), *path;
	struct form *form = form_new(console->term, _("The recovery set"), FORM_WIDE);
	bool other = options_offer(question, "other");
	enum view_end end;
	int chosen;
	size_t i;

	form_banner(form, TONE_CARE, _("The recovery set is damaged"));
	form_gap(form);
	form_text(form, member_text(question, "text"));
	if (json_array_size(member_array(data, "list"))) {
		form_gap(form);
		form_list(form, NULL, false);
		json_array_foreach(member_array(data, "list"), i, path)
			form_entry(form, json_string_value(path), "", true, false);
	}
	form_button(form, _("Check again"));
	form_button(form, _("Restore what is intact"));
	if (other)
		form_button(form, _("Other set"));
	do {
		end = console_form(console, form, 0,
				   _("Nothing was erased. Clean or connect the medium and check again; choose another "
				     "recovery set; or restore what is intact: the files that are lost are listed at the end."),
				   &chosen);
	} while (end == VIEW_CHANGED);
	form_free(form);
	if (end != VIEW_CHOICE)
		return end;
	return console_answer(console, json_string(chosen == 0 ? "retry" : chosen == 1 ? "salvage" : "other"));
}

enum view_end screen_problems(struct console *console, json_t *question)
{
	bool compares = !strcmp(member_text(question, "name"), "compare-result");
	json_t *data = json_object_get(question, "data"), *list = member_array(data, "list"), *line;
	size_t total = (size_t)member_number(data, "total");
	struct form *form = form_new(console->term, compares ? _("Comparison") : _("Verification"), FORM_WIDE);
	AUTO_FREE char *head = line_format(
		ngettext("%zu difference from the recovery set", "%zu differences from the recovery set", total),
		total);
	enum view_end end;
	int chosen;
	size_t i;

	if (total == 0) {
		form_banner(form, TONE_GOOD,
			    compares ? _("No difference was found") : _("Every file is as it was saved"));
	} else {
		form_banner(form, compares ? TONE_CARE : TONE_BAD, head);
		form_gap(form);
		form_list(form, NULL, false);
		json_array_foreach(list, i, line)
			form_entry(form, json_string_value(line), json_string_value(line), true, false);
	}
	if (total > json_array_size(list)) {
		AUTO_FREE char *more = line_format(_("Only the first %zu are shown; the log has all."),
						   json_array_size(list));

		form_text(form, more);
	}
	form_button(form, _("Continue"));
	end = console_form(console, form, 0,
			   compares ? _("What differs between this machine and the recovery set. Nothing was written.")
				    : _("Every restored file was read from the disk and compared with the recovery set. These "
					"differ, so the end state will be \"partial\". \"Continue\" shows the result."),
			   &chosen);
	form_free(form);
	return end == VIEW_CHOICE ? console_answer(console, json_string("continue")) : end;
}
