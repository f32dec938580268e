/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which present disk is the target of which captured one. */
#include <string.h>

#include "screen.h"
#include "text.h"
#include "words.h"

static const char *help(void)
{
	return _("Each saved disk needs a target disk here, which will be erased and restored to. A disk that is the same "
		 "one (by its WWN or serial number) is proposed; else choose yourself: the whole line of the marked disk is below the "
		 "list, with all that tells it from others and what is on it now.\n"
		 "A line that starts with '-' cannot be used, such as the disk that holds the recovery set; the reason "
		 "is below the list.");
}

static json_t *candidate_with(json_t *source, const char *id)
{
	json_t *candidate;
	size_t i;

	json_array_foreach(member_array(source, "candidates"), i, candidate)
		if (!strcmp(member_text(candidate, "id"), id))
			return candidate;
	return NULL;
}

/* The other captured disk that CANDIDATE is the target of in MAP; NULL: none. */
static json_t *taken_by(json_t *sources, json_t *map, json_t *source, json_t *candidate)
{
	json_t *other;
	size_t i;

	json_array_foreach(sources, i, other)
		if (other != source &&
		    json_equal(json_object_get(map, member_text(other, "id")), json_object_get(candidate, "id")))
			return other;
	return NULL;
}

static char *candidate_detail(json_t *candidate, json_t *other)
{
	AUTO_FREE char *line = words_disk_line(candidate);
	const char *state = member_true(candidate, "unfinished") ? _("This disk holds an interrupted restore of this set, which is resumed.") :
			    member_true(candidate, "same_identity") ? _("This is the disk that was captured. It will be erased.") :
			    member_true(candidate, "blank") ? _("This disk is blank.") :
							      _("This disk carries data. It will be erased.");

	if (member_true(candidate, "frees"))
		return line_format(_("%s\nIt holds the recovery set or the rescue system. If you choose it, you are asked whether these are copied into memory."), line);
	if (!member_true(candidate, "usable"))
		return line_format(_("%s\nCannot be used: %s"), line, member_text(candidate, "reason"));
	if (other)
		return line_format(_("%s\nThis disk is already the target disk of %s. If you choose it here, the two share it."),
				   line, member_text(other, "text"));
	if (*member_text(candidate, "shrinks"))
		return line_format("%s\n%s %s", line, state, member_text(candidate, "shrinks"));
	return line_format("%s\n%s", line, state);
}

/* OTHER: the captured disk that it is the target of already, or NULL. */
static void add_candidate(struct form *form, json_t *candidate, json_t *other)
{
	AUTO_FREE char *size = words_size(member_number(candidate, "size"));
	AUTO_FREE char *detail = candidate_detail(candidate, other);
	const char *model = *member_text(candidate, "model") ? member_text(candidate, "model") : _("unnamed disk");
	const char *note = !member_true(candidate, "usable") ? _("not usable") :
			   member_true(candidate, "frees")   ? _("the medium") :
			   other			     ? _("chosen already") :
			   member_true(candidate, "unfinished") ? _("interrupted restore") :
			   member_true(candidate, "same_identity") ? _("the same disk") :
			   member_true(candidate, "blank") ? _("blank") : _("has data");
	const char *cells[] = { model, words_identity(candidate), size, note };

	form_row(form, cells, detail, member_true(candidate, "usable"));
}

/* What was wrong with the choice before. */
static void add_problem(struct form *form, json_t *question)
{
	if (!*member_text(question, "text"))
		return;
	form_text(form, words_translate(member_text(question, "text")));
	form_gap(form);
}

/* Lets choose a candidate for SOURCE, one of SOURCES; MAP is what was chosen so far. VIEW_CHOICE: *RET_ID is borrowed from it, NULL: leave this disk
 * out. */
static enum view_end choose(struct console *console, json_t *sources, json_t *map, json_t *source, const char **ret_id)
{
	const char *current = json_string_value(json_object_get(map, member_text(source, "id")));
	bool only = json_array_size(sources) == 1;
	json_t *candidates = member_array(source, "candidates"), *candidate;
	struct form *form = form_new(console->term, _("Choose the target disk"), FORM_WIDE);
	AUTO_FREE char *used = words_size(member_number(source, "used"));
	AUTO_FREE char *text = line_format(_("Saved disk:\n  %s, %s in use"), member_text(source, "text"),
					   used);
	const struct column columns[] = {
		{ .head = _("Disk of this machine") },
		{ .head = _("Serial number or path"), .middle = true },
		{ .head = _("Size"), .right = true, .whole = true },
		{ .head = _("State") },
	};
	enum view_end end;
	int chosen;
	size_t i;

	add_problem(form, console->model.question);
	form_text(form, text);
	form_gap(form);
	if (json_array_size(candidates) == 0)
		form_banner(form, TONE_BAD, _("This machine has no disk"));
	else
		form_list(form, NULL, false);
	form_columns(form, columns, ARRAY_LENGTH(columns));
	json_array_foreach(candidates, i, candidate) {
		add_candidate(form, candidate, taken_by(sources, map, source, candidate));
		if (current && !strcmp(member_text(candidate, "id"), current))
			form_select(form, (int)i);
	}
	if (json_array_size(candidates))
		form_button(form, only ? _("Continue") : _("OK"));
	if (!only)
		form_button(form, _("Do not restore this disk"));
	do {
		end = console_form(console, form, only ? 0 : CONSOLE_CLOSE, help(), &chosen);
		candidate = json_array_get(candidates, (size_t)form_current(form));
		if (end == VIEW_CHOICE && chosen == 0 && candidate && !member_true(candidate, "usable"))
			end = VIEW_CHANGED;
	} while (end == VIEW_CHANGED);
	*ret_id = NULL;
	if (end == VIEW_CHOICE && chosen == 0 && candidate)
		*ret_id = member_text(candidate, "id");
	form_free(form);
	return end;
}

/* TARGET: id of the disk that was chosen, or NULL. OTHER: the saved disk that has it, too, or NULL. LEFT_OUT: it was chosen that there is none. */
static void add_pair(struct form *form, json_t *source, const char *target, json_t *other, bool left_out)
{
	json_t *candidate = target ? candidate_with(source, target) : NULL;
	AUTO_FREE char *used = words_size(member_number(source, "used"));
	AUTO_FREE char *here = candidate ? words_disk(candidate)
					 : line_format("%s", left_out ? _("is not restored") : _("not chosen yet"));
	AUTO_FREE char *line = candidate ? words_disk_line(candidate) : line_format("%s", here);
	AUTO_FREE char *detail = other ? line_format(_("Saved:  %s, %s in use\nHere:   %s\nIt shares this disk with %s."),
						     member_text(source, "text"), used, line, member_text(other, "text"))
				       : line_format(_("Saved:  %s, %s in use\nHere:   %s\nEnter chooses another disk for it."),
						     member_text(source, "text"), used, line);
	const char *cells[] = { member_text(source, "text"), "->", here };

	form_row(form, cells, detail, true);
}

/* SOURCE gets the disk ID, be it that of another one, too, or is left out (NULL). */
static void assign(json_t *map, json_t *source, const char *id)
{
	json_object_set_new(map, member_text(source, "id"), id ? json_string(id) : json_null());
}

/* A disk with files of the set is left out only when the operator says so. */
static enum view_end say_missing(struct console *console, json_t *sources, json_t *map)
{
	AUTO_FREE char *names = line_format("%s", "");
	AUTO_FREE char *text = NULL;
	enum view_end end;
	json_t *source;
	size_t i;

	json_array_foreach(sources, i, source) {
		char *longer;

		if (json_object_get(map, member_text(source, "id")))
			continue;
		longer = line_format("%s\n  %s", names, member_text(source, "text"));
		free(names);
		names = longer;
	}
	text = line_format(_("No disk was chosen yet for:%s\nChoose one for it, or 'Do not restore this disk'."), names);
	end = form_message(console->term, _("Not possible"), text, _("OK"));
	if (end == VIEW_CHOICE)
		return console_is_stale(console) ? VIEW_NEWS : VIEW_CHANGED;
	return end;
}

/* Several disks: a list of pairs, each opens its own choice. */
static enum view_end choose_pairs(struct console *console, json_t *sources, json_t *map, int *current)
{
	struct form *form = form_new(console->term, _("Choose the target disks"), FORM_WIDE);
	const struct column columns[] = {
		{ .head = _("Saved disk"), .middle = true },
		{ .head = "", .whole = true },
		{ .head = _("Target disk"), .middle = true },
	};
	json_t *source;
	enum view_end end;
	const char *id;
	int chosen;
	size_t i;

	add_problem(form, console->model.question);
	form_list(form, NULL, false);
	form_columns(form, columns, ARRAY_LENGTH(columns));
	json_array_foreach(sources, i, source) {
		json_t *chosen_disk = json_object_get(map, member_text(source, "id"));
		json_t *candidate = json_is_string(chosen_disk) ? candidate_with(source, json_string_value(chosen_disk)) : NULL;

		add_pair(form, source, json_string_value(chosen_disk), candidate ? taken_by(sources, map, source, candidate) : NULL,
			 json_is_null(chosen_disk));
	}
	form_select(form, *current);
	form_button(form, _("Change"));
	form_button(form, _("Continue"));
	form_default(form, 0, json_object_size(map) == json_array_size(sources) ? 1 : -1);
	end = console_form(console, form, 0, help(), &chosen);
	*current = form_current(form);
	form_free(form);
	if (end != VIEW_CHOICE)
		return end;
	if (chosen == 1)
		return json_object_size(map) == json_array_size(sources) ? VIEW_CHOICE : say_missing(console, sources, map);
	source = json_array_get(sources, (size_t)*current);
	end = choose(console, sources, map, source, &id);
	if (end == VIEW_CHOICE)
		assign(map, source, id);
	return end == VIEW_CHOICE || end == VIEW_KEY ? VIEW_CHANGED : end;
}

enum view_end screen_disks(struct console *console, json_t *question)
{
	json_t *sources = member_array(json_object_get(question, "data"), "sources"), *source;
	json_auto_t *map = json_object();
	enum view_end end;
	int current = 0;
	size_t i;

	if (json_array_size(sources) == 0)
		return screen_generic(console, question);
	json_array_foreach(sources, i, source)
		if (*member_text(source, "target") || member_true(source, "left_out"))
			json_object_set(map, member_text(source, "id"), json_object_get(source, "target"));
	if (json_array_size(sources) == 1) {
		const char *id;

		source = json_array_get(sources, 0);
		end = choose(console, sources, map, source, &id);
		if (end != VIEW_CHOICE)
			return end;
		if (!id)
			return VIEW_NEWS;
		json_object_set_new(map, member_text(source, "id"), json_string(id));
		return console_answer(console, json_incref(map));
	}
	do
		end = choose_pairs(console, sources, map, &current);
	while (end == VIEW_CHANGED);
	return end == VIEW_CHOICE ? console_answer(console, json_incref(map)) : end;
}
