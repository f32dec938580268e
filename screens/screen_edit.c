/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plan is changed: a tree of what was captured, as it was and as it will be; the engine answers each change with what comes of it. */
#include <string.h>

#include "edit_rows.h"
#include "screen.h"
#include "text.h"
#include "words.h"

#define SIZE_CELLS 24

static const char *help(void)
{
	return _("The storage of the saved machine, disk by disk, and what the plan makes of it. Enter on a line changes it: its size, "
		 "the kind of a filesystem or partition table, or whether it is made at all. The line below the list tells what is lost by that.\n"
		 "A size is a number with a unit (20GiB, 512MiB), a part of the disk or volume group (30%), or 'rest': all room that "
		 "the others leave.\n"
		 "Each change is tried at once; one that is not possible is refused with the reason, and nothing changes. 'Undo' takes back the "
		 "last change, 'Undo all' all of them. 'Done' makes the plan with the changes; Back leaves it as it was. Nothing is written here.");
}

/* ---- one line ---- */

enum way { WAY_SIZE, WAY_KIND, WAY_COUNT, WAY_PLAIN, WAY_DROP, WAY_KEEP };
#define WAYS 6

static enum view_end ask_size(struct console *console, json_t *row, json_t **ret)
{
	struct form *form = form_new(console->term, _("Size"), FORM_SMALL);
	json_t *wish = json_object_get(row, "wish");
	AUTO_FREE char *least = member_number(row, "least") > 0 ? words_size(member_number(row, "least")) : line_format("?");
	AUTO_FREE char *now = words_size(member_number(row, "now"));
	AUTO_FREE char *text = line_format(_("%s\n\nIt has %s now in the plan, and needs %s at least.\n20GiB, 512MiB, 30%%, or: rest"),
					   words_translate(member_text(row, "text")), now, least);
	enum view_end end;
	int chosen;

	form_text(form, text);
	form_gap(form);
	form_field(form, _("Size: "), member_text(wish, "size"), SIZE_CELLS, false);
	form_button(form, _("OK"));
	do
		end = console_form(console, form, CONSOLE_CLOSE, help(), &chosen);
	while (end == VIEW_CHANGED || (end == VIEW_CHOICE && !*form_value(form)));
	if (end == VIEW_CHOICE)
		*ret = json_string(form_value(form));
	form_free(form);
	return end;
}

static const char *count_title(json_t *row)
{
	return !strcmp(edit_count_member(row), "members") ? _("Number of members") : _("Over how many more disks");
}

static enum view_end ask_count(struct console *console, json_t *row, json_t **ret)
{
	struct form *form = form_new(console->term, count_title(row), FORM_SMALL);
	AUTO_FREE char *now = line_format("%lld", (long long)member_number(row, "counted"));
	enum view_end end;
	uint64_t number = 0;
	int chosen;

	form_text(form, words_translate(member_text(row, "text")));
	form_gap(form);
	form_field(form, _("Number:"), now, SIZE_CELLS, false);
	form_button(form, _("OK"));
	do
		end = console_form(console, form, CONSOLE_CLOSE, help(), &chosen);
	while (end == VIEW_CHANGED || (end == VIEW_CHOICE && (!parse_u64(form_value(form), &number) || number > INT64_MAX)));
	if (end == VIEW_CHOICE)
		*ret = json_integer((json_int_t)number);
	form_free(form);
	return end;
}

/* Shows FORM (stolen), whose list is asked about. VIEW_CHOICE with the number of the entry in *RET, or how else it ended. */
static enum view_end pick(struct console *console, struct form *form, int *ret)
{
	enum view_end end;
	int chosen;

	form_button(form, _("OK"));
	do
		end = console_form(console, form, CONSOLE_CLOSE, help(), &chosen);
	while (end == VIEW_CHANGED);
	*ret = form_current(form);
	form_free(form);
	return end;
}

static const char *kind_title(json_t *row)
{
	return !strcmp(edit_kind_member(row), "table") ? _("Partition table") : _("Kind of filesystem");
}

static enum view_end ask_kind(struct console *console, json_t *row, json_t **ret)
{
	struct form *form = form_new(console->term, kind_title(row), FORM_SMALL);
	json_t *kinds = member_array(row, "kinds"), *kind;
	enum view_end end;
	size_t i;
	int entry;

	form_text(form, words_translate(member_text(row, "text")));
	form_gap(form);
	form_list(form, NULL, false);
	json_array_foreach(kinds, i, kind) {
		form_entry(form, json_string_value(kind), NULL, true, false);
		if (!strcmp(json_string_value(kind), member_text(row, "kind")))
			form_select(form, (int)i);
	}
	end = pick(console, form, &entry);
	if (end == VIEW_CHOICE)
		*ret = json_incref(json_array_get(kinds, (size_t)entry));
	return end;
}

static void add_way(struct form *form, enum way *ways, int *count, enum way way, const char *text)
{
	form_entry(form, text, NULL, true, false);
	ways[(*count)++] = way;
}

/* Which of the ways in which ROW can be changed. VIEW_CHOICE with *RET, or how else it ended. */
static enum view_end ask_way(struct console *console, json_t *row, enum way *ret)
{
	struct form *form = form_new(console->term, _("Change what?"), FORM_SMALL);
	json_t *wish = json_object_get(row, "wish");
	enum way ways[WAYS];
	enum view_end end;
	int entry, count = 0;

	form_text(form, words_translate(member_text(row, "text")));
	form_gap(form);
	form_list(form, NULL, false);
	if (member_true(row, "size"))
		add_way(form, ways, &count, WAY_SIZE, _("Size"));
	if (json_array_size(member_array(row, "kinds")))
		add_way(form, ways, &count, WAY_KIND, kind_title(row));
	if (edit_count_member(row))
		add_way(form, ways, &count, WAY_COUNT, count_title(row));
	if (member_true(row, "plain") && !edit_row_is_plain(row))
		add_way(form, ways, &count, WAY_PLAIN, !strcmp(member_text(row, "type"), "luks") ? _("Without encryption") : _("Without RAID"));
	if (member_true(row, "drop") && !member_true(wish, "drop"))
		add_way(form, ways, &count, WAY_DROP, _("Leave it out, with all that lies on it"));
	if (wish)
		add_way(form, ways, &count, WAY_KEEP, _("As it was captured"));
	end = pick(console, form, &entry);
	if (end == VIEW_CHOICE)
		*ret = ways[entry];
	return end;
}

/* Changes ROW and tells the engine. VIEW_CHANGED: nothing was changed. */
static enum view_end change(struct console *console, json_t *data, json_t *row)
{
	json_t *value = NULL;
	enum way way;
	enum view_end end = ask_way(console, row, &way);

	if (end == VIEW_CHOICE && way == WAY_SIZE)
		end = ask_size(console, row, &value);
	else if (end == VIEW_CHOICE && way == WAY_KIND)
		end = ask_kind(console, row, &value);
	else if (end == VIEW_CHOICE && way == WAY_COUNT)
		end = ask_count(console, row, &value);
	if (end != VIEW_CHOICE)
		return end == VIEW_KEY ? VIEW_CHANGED : end;
	switch (way) {
	case WAY_SIZE:
		return console_answer(console, edit_changed(data, row, "size", value));
	case WAY_KIND:
		return console_answer(console, edit_changed(data, row, edit_kind_member(row), value));
	case WAY_COUNT:
		return console_answer(console, edit_changed(data, row, edit_count_member(row), value));
	case WAY_PLAIN:
		return console_answer(console, edit_changed(data, row, "plain", json_true()));
	case WAY_DROP:
		return console_answer(console, edit_changed(data, row, "drop", json_true()));
	default:
		return console_answer(console, edit_changed(data, row, NULL, NULL));
	}
}

/* ---- all lines ---- */

static struct form *make_form(struct console *console, json_t *question)
{
	json_t *data = json_object_get(question, "data"), *row;
	struct form *form = form_new(console->term, _("Change the plan"), FORM_WIDE);
	const struct column columns[] = {
		{ .head = _("Saved storage") },
		{ .head = _("Was"), .right = true, .whole = true },
		{ .head = _("Will be"), .right = true, .whole = true },
		{ .head = "", .whole = true },
	};
	size_t i;

	if (*member_text(data, "problem")) {
		AUTO_FREE char *text = line_format(_("Not possible: %s"), words_translate(member_text(data, "problem")));

		form_whole_text(form, text);
		form_gap(form);
	}
	form_list(form, NULL, false);
	form_columns(form, columns, ARRAY_LENGTH(columns));
	json_array_foreach(member_array(data, "nodes"), i, row) {
		AUTO_FREE char *name = edit_row_name(row), *was = edit_row_was(row), *now = edit_row_now(row), *detail = edit_row_detail(row);
		AUTO_FREE char *paths = edit_row_paths(row), *named = line_format("%s%s%s", name, *paths ? "  " : "", paths);
		const char *cells[] = { named, was, now, json_object_get(row, "wish") ? "*" : " " };

		form_row(form, cells, detail, true);
	}
	form_select(form, console->edit_row < (int)i ? console->edit_row : 0);
	form_button(form, _("Change"));
	form_button(form, _("Undo"));
	form_button(form, _("Undo all"));
	form_button(form, _("Done"));
	return form;
}

enum view_end screen_edit(struct console *console, json_t *question)
{
	static const char *const words[] = { NULL, "undo", "undo-all", "done" };
	json_t *data = json_object_get(question, "data");
	struct form *form = make_form(console, question);
	enum view_end end;
	int chosen;

	do {
		end = console_form(console, form, 0, help(), &chosen);
		console->edit_row = form_current(form);
		if (end != VIEW_CHOICE)
			continue;
		if (chosen == 0) {
			json_t *row = json_array_get(member_array(data, "nodes"), (size_t)form_current(form));

			end = row && edit_row_can_change(row) ? change(console, data, row) :
				form_message(console->term, _("Not possible"), _("This cannot be changed."), _("OK"));
			if (end == VIEW_CHOICE)
				end = console_is_stale(console) ? VIEW_NEWS : VIEW_CHANGED;
		} else if (chosen < 3 && member_number(data, "steps") <= 0) {
			end = form_message(console->term, _("Not possible"), _("Nothing was changed."), _("OK"));
			if (end == VIEW_CHOICE)
				end = console_is_stale(console) ? VIEW_NEWS : VIEW_CHANGED;
		} else {
			end = console_answer(console, json_string(words[chosen]));
		}
	} while (end == VIEW_CHANGED);
	form_free(form);
	return end;
}
