/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ask_edit.h"

#include <string.h>

#include "../ui/line.h"
#include "edit_file.h"
#include "edit_rows.h"
#include "plain_text.h"
#include "text.h"
#include "words.h"

static json_t *data_of(json_t *question)
{
	return json_object_get(question, "data");
}

void ask_edit_print(json_t *question, FILE *out)
{
	json_t *row;
	size_t i;

	json_array_foreach(member_array(data_of(question), "nodes"), i, row) {
		AUTO_FREE char *name = edit_row_name(row), *was = edit_row_was(row), *now = edit_row_now(row), *paths = edit_row_paths(row);
		AUTO_FREE char *mounted = *paths ? line_format(_("mounted at %s"), paths) : line_format("%s", "");
		AUTO_FREE char *number = line_format("%3zu) ", i + 1);
		AUTO_FREE char *text = *was && strcmp(was, now) ? line_format("%s, %s -> %s", name, was, now) : line_format("%s, %s", name, now);

		plain_text(out, number, text);
		plain_text(out, "     ", mounted);
		if (*member_text(row, "note"))
			plain_text(out, "     ", words_translate(member_text(row, "note")));
	}
	if (*member_text(data_of(question), "problem")) {
		AUTO_FREE char *text = line_format(_("Not possible: %s"), words_translate(member_text(data_of(question), "problem")));

		plain_text(out, "", text);
	}
	plain_text(out, "", _("NUMBER size SIZE (20GiB, 512MiB, 30%, rest); NUMBER kind KIND (of a filesystem, or of a disk's partition table: gpt, dos); NUMBER drop (leave it out); NUMBER plain (without RAID or "
			      "encryption); NUMBER members COUNT (of an array); NUMBER spread COUNT (of a volume group: over so many more disks); NUMBER keep (as it was "
			      "captured); file PATH (all changes from a JSON file); undo; undo-all; done"));
}

/* The answer to "NUMBER WHAT VALUE"; NULL: it is none. */
static json_t *change_of(json_t *question, const char *number, const char *what, const char *value)
{
	uint64_t line;
	json_t *row = parse_u64(number, &line) && line ? json_array_get(member_array(data_of(question), "nodes"), line - 1) : NULL;

	if (!row || !what)
		return NULL;
	if (!strcmp(what, "size") && value && *value)
		return edit_changed(data_of(question), row, what, json_string(value));
	if (!strcmp(what, "kind") && value && *value)
		return edit_changed(data_of(question), row, edit_kind_member(row), json_string(value));
	if (edit_count_member(row) && !strcmp(what, edit_count_member(row)) && value && parse_u64(value, &line) && line <= INT64_MAX)
		return edit_changed(data_of(question), row, what, json_integer((json_int_t)line));
	if ((!strcmp(what, "drop") || !strcmp(what, "plain")) && !value)
		return edit_changed(data_of(question), row, what, json_true());
	return !strcmp(what, "keep") && !value ? edit_changed(data_of(question), row, NULL, NULL) : NULL;
}

enum ask_result ask_edit_line(json_t *question, const char *line, json_t **ret_value, const char **ret_why)
{
	AUTO_FREE char *copy = strdup(line);
	char *rest = copy, *word = copy ? strsep(&rest, " ") : NULL, *what = rest ? strsep(&rest, " ") : NULL;

	*ret_why = _("Please type NUMBER size SIZE, NUMBER kind KIND, NUMBER drop, NUMBER plain, NUMBER members COUNT, NUMBER spread COUNT, NUMBER keep, file PATH, undo, undo-all or done.");
	if (!word)
		return ASK_BAD;
	if (!*word || !strcmp(word, "done") || !strcmp(word, "undo") || !strcmp(word, "undo-all")) {
		*ret_why = _("Nothing was changed.");
		if (!strncmp(word, "undo", strlen("undo")) && member_number(data_of(question), "steps") <= 0)
			return ASK_BAD;
		*ret_value = json_string(*word ? word : "done");
	} else if (!strcmp(word, "file")) {
		*ret_why = _("That file holds no changes.");
		if (!line[strlen("file")] || edit_file_load("restore", line + strlen("file "), ret_value))
			return ASK_BAD;
	} else {
		*ret_value = change_of(question, word, what, rest);
	}
	return *ret_value ? ASK_DONE : ASK_BAD;
}
