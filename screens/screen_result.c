/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it ended, in big words, and what to do now. */
#include <string.h>

#include "options.h"
#include "screen.h"
#include "text.h"
#include "words.h"

static const struct {
	const char *name, *words;
	enum tone tone;
} ends[] = {
	/* Spaced letters: seen from across the room. */
	{ "bootable", N_("R E S T O R E D ,   B O O T A B L E"), TONE_GOOD },
	{ "not-bootable", N_("R E S T O R E D ,   N O T   B O O T A B L E"), TONE_CARE },
	{ "partial", N_("P A R T I A L"), TONE_BAD },
	{ "not-restored", N_("N O T   R E S T O R E D"), TONE_BAD },
	{ "compared", N_("C O M P A R E D"), TONE_GOOD },
	{ "not-compared", N_("N O T   C O M P A R E D"), TONE_BAD },
};

static const struct {
	const char *value, *label;
} labels[] = {
	{ "reboot", N_("Restart") },
	{ "poweroff", N_("Switch off") },
	{ "shell", N_("Shell") },
	{ "again", N_("Start again") },
	{ "quit", N_("Leave") },
};

static const char *label_of(json_t *option)
{
	for (size_t i = 0; i < ARRAY_LENGTH(labels); i++)
		if (!strcmp(labels[i].value, member_text(option, "value")))
			return _(labels[i].label);
	return member_text(option, "text");
}

static const char *next_of(json_t *end, json_t *question)
{
	const char *name = member_text(end, "name");

	if (!strcmp(name, "compared"))
		return "";
	if (!strcmp(name, "bootable"))
		return options_offer(question, "reboot") ? _("Take out the rescue medium, then restart.") : "";
	if (!options_offer(question, "shell"))
		return _("The log says more: press 'l'.");
	if (!strcmp(name, "not-bootable"))
		return _("The shell has the tools to repair the boot loader; /run/lifeboat/README there says how to mount "
			 "the new system.");
	if (!strcmp(name, "partial"))
		return _("The log ('l') says more. Restart from the rescue medium to restore again; for single files see "
			 "/run/lifeboat/README in the shell.");
	if (options_offer(question, "again"))
		return _("The log ('l') says more. Fix this, then choose \"Start again\".");
	if (!strcmp(name, "not-compared"))
		return _("The log ('l') says more.");
	return _("The log ('l') says more. Restart from the rescue medium to restore again.");
}

/* What it means, and why it is so: the engine's reason for a whole restore says both. */
static void add_meaning(struct form *form, json_t *end)
{
	const char *reason = member_text(end, "reason"), *name = member_text(end, "name");

	if (!*reason || (strcmp(name, "bootable") != 0 && strcmp(name, "not-bootable") != 0))
		form_text(form, words_end(name));
	if (*reason)
		form_text(form, words_translate(reason));
}

static void add_facts(struct form *form, json_t *end)
{
	AUTO_FREE char *took = words_duration(member_number(end, "seconds"));
	const char *log = *member_text(end, "log") ? member_text(end, "log") : "-", *kept = member_text(end, "log_kept");
	AUTO_FREE char *lost = words_log_lost(end);
	AUTO_FREE char *facts = *kept ? line_format(_("Time  %s\nLog   %s, and on the restored system:\n      %s"), took, log, kept)
				      : line_format(_("Time  %s\nLog   %s"), took, log);

	form_text(form, facts);
	if (lost)
		form_text(form, lost);
}

static void add_banner(struct form *form, json_t *end)
{
	for (size_t i = 0; i < ARRAY_LENGTH(ends); i++)
		if (!strcmp(ends[i].name, member_text(end, "name"))) {
			enum tone tone = ends[i].tone;

			if (!strcmp(ends[i].name, "compared") && member_number(end, "status") != 0)
				tone = TONE_CARE;
			form_banner(form, tone, _(ends[i].words));
			return;
		}
	form_banner(form, TONE_BAD, words_translate(member_text(end, "state")));
}

void screen_end_list(struct form *form, json_t *end)
{
	json_t *list = member_array(end, "list"), *line;
	size_t i, count = json_array_size(list), total = (size_t)member_number(end, "list_total");
	AUTO_FREE char *head = line_format(_("%zu of %zu:"), count, total);

	if (!count)
		return;
	form_list(form, total > count ? head : !strcmp(member_text(end, "name"), "bootable") ? _("Please note:") : NULL, false);
	json_array_foreach(list, i, line)
		form_entry(form, json_string_value(line), json_string_value(line), true, false);
	form_gap(form);
}

static struct form *build(struct console *console, json_t *question, json_t *end)
{
	json_t *option;
	size_t i;
	struct form *form = form_new(console->term, _("Result"), FORM_WIDE);

	add_banner(form, end);
	form_gap(form);
	add_meaning(form, end);
	form_gap(form);
	screen_end_list(form, end);
	add_facts(form, end);
	if (*next_of(end, question)) {
		form_gap(form);
		form_text(form, next_of(end, question));
	}
	json_array_foreach(member_array(question, "options"), i, option)
		form_button(form, label_of(option));
	return form;
}

static size_t differences_count(void *data)
{
	return json_array_size(data);
}

static const char *difference(void *data, size_t i, enum tone *ret_tone)
{
	const char *line = json_string_value(json_array_get(data, i));

	line = line ? line : "";
	*ret_tone = *line == '+' ? TONE_STRONG : TONE_PLAIN;
	return line;
}

static enum view_end show_differences(struct console *console, json_t *differences)
{
	const struct pager_source source = { differences_count, difference, differences };
	enum view_end end = console_show_lines(console, _("Corrected settings"), &source);

	return end == VIEW_CHANGED && console_is_stale(console) ? VIEW_NEWS : end;
}

enum view_end screen_result(struct console *console, json_t *question)
{
	json_auto_t *state = json_incref(console->model.end);
	json_t *options = member_array(question, "options"), *differences = member_array(state, "differences"), *option;
	struct form *form = build(console, question, state);
	enum view_end end;
	int chosen, first = 0;
	size_t i;

	json_array_foreach(options, i, option)
		if (!strcmp(member_text(option, "value"), member_text(question, "default")))
			first = (int)i;
	form_default(form, first, first);
	if (json_array_size(differences))
		form_button(form, _("Changes"));
	do {
		end = console_form(console, form, 0,
				   _("How the session ended. A restore has four ends: restored, bootable; restored, not bootable; "
				     "partial; not restored. Only the first one means that the machine is back as it was saved.\n"
				     "'Time' is how long the work took, without waiting for answers.\n"
				     "'Changes', where it is there, shows line by line what was corrected in the settings of the restored system so that "
				     "they fit this machine: '-' before, '+' now. The originals are kept beside them."),
				   &chosen);
		if (end == VIEW_CHOICE && (size_t)chosen == json_array_size(options))
			end = show_differences(console, differences);
	} while (end == VIEW_CHANGED);
	form_free(form);
	if (end != VIEW_CHOICE)
		return end;
	return console_answer(console, json_incref(json_object_get(json_array_get(options, (size_t)chosen), "value")));
}
