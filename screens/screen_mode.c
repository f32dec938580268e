/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What to do: interactive, nuke, expert, compare. */
#include <string.h>

#include "options.h"
#include "screen.h"
#include "text.h"
#include "words.h"

static const struct {
	const char *value, *detail;
} details[] = {
	{ "interactive", N_("You see and confirm every step. Choose this when in doubt.") },
	{ "nuke", N_("Erases and restores without further questions, but only where the target disks are unambiguous. Else it ends "
		     "without writing anything.") },
	{ "expert", N_("Opens a shell. 'exit' comes back here.") },
	{ "compare", N_("Lists what differs between the disks of this machine and the recovery set.") },
};

static const char *detail_of(json_t *option)
{
	if (!member_true(option, "enabled"))
		return member_text(option, "reason");
	for (size_t i = 0; i < ARRAY_LENGTH(details); i++)
		if (!strcmp(details[i].value, member_text(option, "value")))
			return _(details[i].detail);
	return member_text(option, "detail");
}

/* The disks that may be erased without a further question. */
static char *nuke_text(json_t *hardware)
{
	char *text = line_format("%s", _("No further questions. Those of these disks that the recovery set belongs on will be erased; where they are "
					 "not unambiguous, the session ends and nothing is written."));
	json_t *disk;
	size_t i;

	json_array_foreach(member_array(hardware, "disks"), i, disk) {
		AUTO_FREE char *line = words_disk_line(disk);
		char *longer;

		if (member_true(disk, "protected"))
			continue;
		longer = line_format("%s\n  %s", text, line);
		free(text);
		text = longer;
	}
	return text;
}

static const char *text_of(json_t *option)
{
	return words_mode(member_text(option, "value"));
}

static enum view_end choose(struct console *console, const char *value)
{
	if (!strcmp(value, "nuke")) {
		AUTO_FREE char *text = nuke_text(console->model.hardware);
		enum view_end end = options_confirm(console, _("Restore without questions?"), text, _("Erase and restore"));

		if (end != VIEW_CHOICE)
			return end;
	}
	return console_answer(console, json_string(value));
}

enum view_end screen_mode(struct console *console, json_t *question)
{
	struct form *form = form_new(console->term, _("What do you want to do?"), FORM_WIDE);
	const char *value;
	enum view_end end;
	int chosen;

	options_add(form, question, text_of, detail_of);
	form_button(form, _("Continue"));
	end = console_form(console, form, 0,
			   _("Choose what this session does. Comparing and the shell write nothing by themselves.\n"
			     "'Restore without questions' is what the boot menu calls nuke."),
			   &chosen);
	value = options_selected(form, question);
	form_free(form);
	return end == VIEW_CHOICE && value ? choose(console, value) : end;
}
