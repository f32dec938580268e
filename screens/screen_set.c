/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which recovery set: those found, or a place that is typed in. */
#include <string.h>

#include "screen.h"
#include "text.h"
#include "words.h"

static json_t *set_at(const struct console *console, const char *location)
{
	json_t *set;
	size_t i;

	json_array_foreach(console->model.sets, i, set)
		if (!strcmp(member_text(set, "location"), location))
			return set;
	return NULL;
}

static const char *name_of(json_t *set)
{
	return *member_text(set, "label") ? member_text(set, "label") : member_text(set, "host");
}

/* All that is known of it and where it lies; or why it cannot be used. */
static char *detail_of(json_t *set, json_t *option)
{
	if (!member_true(option, "enabled"))
		return line_format(_("Cannot be used: %s\nPlace: %s"), member_text(option, "reason"), member_text(option, "value"));
	return line_format(_("%s%s%s\nOn:    %s\nPlace: %s"), name_of(set), *name_of(set) && *member_text(set, "os") ? ", " : "",
			   member_text(set, "os"), member_text(set, "medium"), member_text(option, "value"));
}

static void add_set(struct console *console, struct form *form, json_t *option)
{
	json_t *set = set_at(console, member_text(option, "value"));
	AUTO_FREE char *detail = detail_of(set, option);
	AUTO_FREE char *created = words_time(member_text(set, "created"));
	AUTO_FREE char *size = words_size(member_number(set, "bytes"));
	const char *cells[] = { name_of(set), member_text(set, "os"), created, size };
	const char *unknown[] = { member_text(option, "text"), "", "", "" };

	form_row(form, set ? cells : unknown, detail, member_true(option, "enabled"));
}

/* REFUSED: what was tried before, to be corrected; "": nothing. */
static enum view_end ask_place(struct console *console, const char *refused)
{
	struct form *form = form_new(console->term, _("Another place"), FORM_WIDE);
	AUTO_FREE char *place = NULL;
	enum view_end end;
	int chosen;

	form_text(form, _("Where is the recovery set? Type a directory, an .iso file, a device, or the address of a server."));
	form_gap(form);
	form_field(form, _("Place:"), refused, 60, false);
	form_button(form, _("Continue"));
	end = console_form(console, form, CONSOLE_CLOSE,
			   _("Examples: /mnt/backup/web1, /mnt/web1.iso, /dev/disk/by-label/LIFEBOAT, https://backup.example.org/web1.\n"
			     "What must be mounted first can be mounted in a shell ('!')."),
			   &chosen);
	place = line_format("%s", form_value(form));
	form_free(form);
	if (end == VIEW_KEY || (end == VIEW_CHOICE && !*place))
		return VIEW_CHANGED;
	return end == VIEW_CHOICE ? console_answer(console, json_string(place)) : end;
}

/* What was wrong with the choice before, or why none can be proposed. */
static void add_problem(struct form *form, json_t *question)
{
	if (!*member_text(question, "text"))
		return;
	form_text(form, words_translate(member_text(question, "text")));
	form_gap(form);
}

static struct form *build(struct console *console, json_t *question)
{
	json_t *options = member_array(question, "options"), *option;
	struct form *form = form_new(console->term, _("Choose the recovery set"), FORM_WIDE);
	const struct column columns[] = {
		{ .head = _("Machine") },
		{ .head = _("System") },
		{ .head = _("Captured"), .whole = true },
		{ .head = _("Size"), .right = true, .whole = true },
	};
	size_t i;

	if (json_array_size(options) == 0) {
		form_banner(form, TONE_CARE, _("No recovery set was found"));
		form_gap(form);
		add_problem(form, question);
		if (*member_text(question, "text"))
			form_text(form, _("Fix this, then press 'r' to look again; or name another place."));
		else
			form_text(form, _("Connect or insert the medium that holds the set, then press 'r' to look again; or "
					  "name another place."));
	} else {
		add_problem(form, question);
		form_list(form, NULL, false);
		form_columns(form, columns, ARRAY_LENGTH(columns));
	}
	json_array_foreach(options, i, option) {
		add_set(console, form, option);
		if (!strcmp(member_text(option, "value"), member_text(question, "default")))
			form_select(form, (int)i);
	}
	if (json_array_size(options))
		form_button(form, _("Continue"));
	if (member_true(json_object_get(question, "data"), "free_text"))
		form_button(form, _("Another place"));
	return form;
}

static const char *help(void)
{
	return _("Every recovery set that was found on discs, USB sticks and disks. A line that starts with '-' cannot "
		 "be used; the "
		 "reason is below the list.\n"
		 "Press 'r' to look again after you connected a medium.");
}

enum view_end screen_set(struct console *console, json_t *question)
{
	json_t *options = member_array(question, "options");
	enum view_end end;

	do {
		struct form *form = build(console, question);
		int chosen, entry;

		end = console_form(console, form, 0, help(), &chosen);
		entry = form_current(form);
		form_free(form);
		if (end == VIEW_CHOICE && entry >= 0 && chosen == 0) {
			json_t *option = json_array_get(options, (size_t)entry);

			end = member_true(option, "enabled")
				      ? console_answer(console, json_incref(json_object_get(option, "value")))
				      : VIEW_CHANGED;
		} else if (end == VIEW_CHOICE) {
			end = ask_place(console, member_text(json_object_get(question, "data"), "place"));
		}
	} while (end == VIEW_CHANGED);
	return end;
}
