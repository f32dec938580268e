/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of a form: its lines, and below them what is known of the current one. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "form_inside.h"
#include "memory.h"
#include "pager.h"

#define LIST_BAR 3 /* cells of a scroll bar and the gap before it */
#define MARK 4     /* before an entry: a box, or a sign that it cannot be chosen */

/* Cells that the list takes when nothing is cut. */
int form_list_width(const struct form *form)
{
	int width = form->table ? table_width(form->table) : 0;

	for (size_t i = 0; i < form->entry_count; i++)
		width = max_of(width, line_width(form->entries[i].text));
	return width ? width + MARK + LIST_BAR : 0;
}

/* What stands below the list for an entry: its detail, and the entry itself where its line is cut and the detail does not say it. A
 * detail that only repeats what its line shows whole needs no room. New string. */
static char *whole_detail(const struct form *form, const struct entry *entry)
{
	size_t text = strlen(entry->text), detail = strlen(entry->detail);
	bool cut = line_width(entry->text) > form->width - MARK - LIST_BAR;
	bool repeats = detail <= text && !strcmp(entry->text + text - detail, entry->detail);

	if (repeats)
		return line_format("%s", !cut ? "" : detail ? entry->detail : entry->text);
	if (cut && !strstr(entry->detail, entry->text))
		return line_format("%s\n%s", entry->text, entry->detail);
	return line_format("%s", entry->detail);
}

int form_detail_rows(const struct form *form)
{
	int rows = 0;

	for (size_t i = 0; i < form->entry_count; i++) {
		UI_CLEANUP_FREE char *detail = whole_detail(form, &form->entries[i]);
		struct line_block block;

		if (!*detail)
			continue;
		line_wrap(detail, form->width, &block);
		rows = max_of(rows, (int)block.count + 1);
		line_block_done(&block);
	}
	return rows;
}

/* The detail in as many full lines as it has room for: newt leaves standing what it is not told to overwrite. What finds
 * no room ends in "...". */
static char *detail_text(const struct form *form, const struct entry *entry)
{
	size_t rows = (size_t)form->detail_height - 1;
	UI_CLEANUP_FREE char *detail = whole_detail(form, entry);
	struct line_block block;
	char *text = line_format("%s", "");

	line_wrap(detail, form->width, &block);
	for (size_t i = 0; i < rows; i++) {
		bool cut = i + 1 == rows && block.count > rows;
		char *said = line_format("%s%s", i < block.count ? block.lines[i] : "", cut ? "..." : "");
		char *line = line_pad(said, form->width);
		char *longer = line_format("%s%s%s", text, i ? "\n" : "", line);

		free(said);
		free(line);
		free(text);
		text = longer;
	}
	line_block_done(&block);
	return text;
}

static void show_detail(newtComponent list, void *data)
{
	struct form *form = data;
	long i = (long)newtListboxGetCurrent(list);
	char *text;

	if (!form->detail || i < 0 || (size_t)i >= form->entry_count)
		return;
	text = detail_text(form, &form->entries[i]);
	newtTextboxSetText(form->detail, text);
	free(text);
}

static char *entry_line(const struct form *form, size_t i, int width)
{
	const struct entry *entry = &form->entries[i];
	const char *mark = !entry->enabled ? "- " : form->ticks ? (entry->ticked ? "[*] " : "[ ] ") : "  ";
	char *row = entry->has_cells ? table_row(form->table, entry->cells, width - line_width(mark)) : line_format("%s", entry->text);
	char *line = line_format("%s%s", mark, row);
	char *padded = line_pad(line, width);

	free(row);
	free(line);
	return padded;
}

/* Cells of a line of the list. */
static int line_cells(const struct form *form, const struct item *item)
{
	int rows = item->height - (item->text || form->table ? 1 : 0) - form->detail_height;

	return form->width - ((int)form->entry_count > rows ? LIST_BAR : 0);
}

static char *head_line(const struct form *form, const struct item *item)
{
	const char *indent = form->ticks ? "    " : "  ";
	char *names = form->table ? table_head(form->table, line_cells(form, item) - (int)strlen(indent))
				  : line_format("%s", item->text);
	char *line = line_format("%s%s", indent, names);
	char *fit = line_fit(line, form->width);

	free(names);
	free(line);
	return fit;
}

void form_build_list(struct form *form, struct item *item, int top)
{
	int head = item->text || form->table ? 1 : 0;
	int rows = item->height - head - form->detail_height;
	bool scrolls = (int)form->entry_count > rows;
	newtComponent list;

	if (head) {
		char *line = head_line(form, item);

		newtFormAddComponent(form->newt, newtLabel(FORM_MARGIN, top, line));
		free(line);
	}
	list = newtListbox(FORM_MARGIN, top + head, rows, NEWT_FLAG_RETURNEXIT | (scrolls ? NEWT_FLAG_SCROLL : 0));
	for (size_t i = 0; i < form->entry_count; i++) {
		char *line = entry_line(form, i, line_cells(form, item));

		newtListboxAppendEntry(list, line, (void *)(long)i);
		free(line);
	}
	newtListboxSetWidth(list, form->width);
	newtListboxSetCurrent(list, form->selected);
	newtFormAddComponent(form->newt, list);
	item->component = list;
	if (form->detail_height) {
		form->detail = newtTextbox(FORM_MARGIN, top + head + rows + 1, form->width, form->detail_height - 1, 0);
		newtFormAddComponent(form->newt, form->detail);
		show_detail(list, form);
	}
	newtComponentAddCallback(list, show_detail, form);
}

void form_show_entry(struct form *form, int i)
{
	for (size_t k = 0; k < form->count; k++) {
		char *line;

		if (form->items[k].kind != ITEM_LIST)
			continue;
		line = entry_line(form, (size_t)i, line_cells(form, &form->items[k]));
		newtListboxSetEntry(form->items[k].component, i, line);
		free(line);
	}
}

/* ---- what is cut, as a whole ---- */

static size_t count_lines(void *data)
{
	const struct line_block *lines = data;

	return lines->count;
}

static const char *line_of(void *data, size_t i, enum tone *ret_tone)
{
	const struct line_block *lines = data;

	(void)ret_tone;
	return lines->lines[i];
}

/* The texts that are cut, in their order, with the current entry where the list stands. New string. */
static char *whole_text(const struct form *form)
{
	char *text = line_format("%s", "");
	int current = form_current(form);

	for (size_t i = 0; i < form->count; i++) {
		const struct item *item = &form->items[i];
		UI_CLEANUP_FREE char *more = item->cut ? line_format("%s", item->text) :
					     item->kind == ITEM_LIST && current >= 0 ? whole_detail(form, &form->entries[current])
										   : line_format("%s", "");
		char *longer = line_format("%s%s%s", text, *text && *more ? "\n\n" : "", more);

		free(text);
		text = longer;
	}
	return text;
}

enum view_end form_show_whole(struct form *form)
{
	const struct pager_texts texts = {
		.search = catalogue_text("Search"), .next = catalogue_text("Next"), .start = catalogue_text("Top"), .end = catalogue_text("End"),
		.not_found = catalogue_text("Not found"), .empty = "",
	};
	const struct key close = {
		.id = 1, .function = 12, .letter = 'q', .control = 'C', .escape = true, .label = catalogue_text("Close"),
	};
	int id;
	struct line_block lines;
	struct pager_source source = { count_lines, line_of, &lines };
	struct pager *pager;
	enum view_end end;
	char *text = whole_text(form);

	/* Wrapped by the pager, which knows the width. */
	line_wrap(text, INT_MAX, &lines);
	free(text);
	pager = pager_new(form->term, form->title, &source, &texts, false);
	end = pager_run(pager, &close, 1, &id);
	pager_free(pager);
	line_block_done(&lines);
	return end == VIEW_KEY ? VIEW_CHANGED : end;
}
