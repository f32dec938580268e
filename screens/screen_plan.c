/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plan: everything that will be done, before anything is. */
#include <string.h>

#include "screen.h"
#include "text.h"
#include "words.h"

static char *disks_text(json_t *plan)
{
	char *text = line_format("%s", "");
	json_t *disk;
	size_t i;

	json_array_foreach(member_array(plan, "disks"), i, disk) {
		AUTO_FREE char *target = words_disk_line(disk), *not_restored = line_format(_("Not restored: %s"), member_text(disk, "source"));
		AUTO_FREE char *pair = *member_text(disk, "target") ? line_format(_("Target  %s\nSaved   %s"), target, member_text(disk, "source")) :
								      line_format(*member_text(disk, "reason") ? "%s\n        %s" : "%s",
										  not_restored, member_text(disk, "reason"));
		char *longer = line_format("%s%s%s", text, i ? "\n" : "", pair);

		free(text);
		text = longer;
	}
	return text;
}

static const struct {
	const char *value, *label;
} labels[] = {
	{ "go", N_("Continue") },
	{ "edit", N_("Change") },
	{ "back", N_("Back") },
	{ "shell", N_("Shell") },
};

static const char *label_of(json_t *option)
{
	for (size_t i = 0; i < ARRAY_LENGTH(labels); i++)
		if (!strcmp(labels[i].value, member_text(option, "value")))
			return _(labels[i].label);
	return member_text(option, "text");
}

/* Before all actions, so that they are seen at once. */
static void add_lost(struct form *form, json_t *plan)
{
	char *line;

	for (size_t i = 0; (line = words_lost_line(plan, i)); i++) {
		AUTO_FREE char *row = line_format("-      %s", line);

		form_entry(form, row, line, true, false);
		free(line);
	}
}

/* What the plan adds to what was captured, and why. */
static void add_notices(struct form *form, json_t *plan)
{
	json_t *notice;
	size_t i;

	json_array_foreach(member_array(plan, "notices"), i, notice) {
		AUTO_FREE char *row = line_format("+      %s", json_string_value(notice));

		form_entry(form, row, json_string_value(notice), true, false);
	}
}

/* First of all: each can be read whole below the list, however many there are. */
static void add_doubts(struct form *form, json_t *doubts)
{
	json_t *doubt;
	size_t i;

	json_array_foreach(doubts, i, doubt) {
		AUTO_FREE char *row = line_format("?      %s", json_string_value(doubt));

		form_entry(form, row, json_string_value(doubt), true, false);
	}
}

/* What the disks have on them when the plan has been carried out. */
static void add_after(struct form *form, json_t *plan)
{
	json_t *disk, *row;
	size_t i, k;

	if (json_array_size(member_array(plan, "after")))
		form_entry(form, _("On the disks afterwards:"), "", true, false);
	json_array_foreach(member_array(plan, "after"), i, disk) {
		form_entry(form, member_text(disk, "text"), member_text(disk, "text"), true, false);
		json_array_foreach(member_array(disk, "rows"), k, row) {
			AUTO_FREE char *line = words_tree_row(row);

			form_entry(form, line, member_text(row, "text"), true, false);
		}
	}
}

/* How an interrupted restore is resumed, and what the signs in the list stand for. */
static void add_notes(struct form *form, json_t *data, json_t *doubts, const char *lost)
{
	size_t count = json_array_size(doubts);

	if (*member_text(data, "resumes")) {
		form_text(form, words_translate(member_text(data, "resumes")));
		form_gap(form);
	}
	if (count > 0) {
		AUTO_FREE char *text = line_format(ngettext("%zu warning to decide on; '?' marks it in the list.",
							    "%zu warnings to decide on; '?' marks them in the list.", count), count);

		form_text(form, text);
	}
	if (*lost) {
		AUTO_FREE char *text = line_format(_("%s; '-' marks them in the list."), lost);

		form_text(form, text);
	}
	if (count > 0 || *lost)
		form_gap(form);
}

/* Above the list: how many actions, and their signs. */
static char *head_of(size_t count, bool resumes)
{
	if (resumes)
		return line_format(ngettext("%zu action; '=' keeps and checks what is there, '!' erases:",
					    "%zu actions; '=' keeps and checks what is there, '!' erases:", count), count);
	return line_format(ngettext("%zu action in this order; those with '!' erase something:",
				    "%zu actions in this order; those with '!' erase something:", count), count);
}

enum view_end screen_plan(struct console *console, json_t *question)
{
	json_t *plan = console->model.plan, *actions = member_array(plan, "actions"), *action, *option;
	json_t *options = member_array(question, "options"), *data = json_object_get(question, "data");
	json_t *doubts = member_array(data, "doubts");
	struct form *form = form_new(console->term, _("The plan"), FORM_WIDE);
	AUTO_FREE char *disks = disks_text(plan);
	bool resumes = *member_text(data, "resumes");
	AUTO_FREE char *head = head_of(json_array_size(actions), resumes);
	AUTO_FREE char *lost = words_lost(plan);
	enum view_end end;
	int chosen;
	size_t i;

	form_text(form, disks);
	form_gap(form);
	add_notes(form, data, doubts, lost);
	form_list(form, head, false);
	add_doubts(form, doubts);
	add_notices(form, plan);
	add_lost(form, plan);
	json_array_foreach(actions, i, action) {
		AUTO_FREE char *row = line_format("%c %3zu. %s", words_action_sign(action), i + 1, member_text(action, "text"));

		form_entry(form, row, member_text(action, "text"), true, false);
	}
	add_after(form, plan);
	form_gap(form);
	if (console->model.plan_is_cut)
		form_text(form, _("Only the beginning is shown here; the log has all actions."));
	/* The sentence of a resumed restore told what follows. */
	if (!resumes)
		form_text(form, _("Then the files are restored, the machine is made bootable, and all is compared with the set."));
	json_array_foreach(options, i, option)
		form_button(form, label_of(option));
	end = console_form(
		console, form, 0,
		_("Everything that will be done, in this order. Nothing has been written yet, and 'Continue' still writes "
		  "nothing: each target disk is confirmed first.\n"
		  "'+' marks what is planned in for this machine. What the disks have on them afterwards is at the end of the list. 'Change' changes sizes and kinds, or leaves something out. 'Back' chooses other disks. 'Shell' lets you look at the machine and comes back here."),
		&chosen);
	form_free(form);
	if (end != VIEW_CHOICE)
		return end;
	return console_answer(console, json_incref(json_object_get(json_array_get(options, (size_t)chosen), "value")));
}
