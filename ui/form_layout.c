/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lays a form out for the terminal and makes newt's parts of it. */
#include <stdlib.h>
#include <string.h>

#include "form_inside.h"
#include "memory.h"

#define TEXT_WIDEST 100  /* cells of a line of text: longer ones are hard to read */
#define SMALL_WIDEST 64  /* of a small one: on the one it covers it is seen to lie */
#define DETAIL_ROWS 3    /* of the detail, however little room there is */
#define LIST_ROWS_LEAST 3
#define TEXT_ROWS_LEAST 3
#define FIELD_GAP 1
#define BUTTON_GAP 2

/* Cells of the buttons FIRST up to, without, END, side by side. */
static int buttons_width(const struct form *form, size_t first, size_t end)
{
	int width = 0;

	for (size_t i = first; i < end; i++)
		width += line_width(form->buttons[i]) + 4 + (i > first ? BUTTON_GAP : 0);
	return width;
}

/* The end of the row of buttons that begins with FIRST: as many as fit, at least one. */
static size_t button_row_end(const struct form *form, size_t first)
{
	size_t end = first + 1;

	while (end < form->button_count && buttons_width(form, first, end + 1) <= form->width)
		end++;
	return end;
}

/* Rows of the buttons, with the gap above them. */
static int buttons_height(const struct form *form)
{
	int rows = 0;

	for (size_t first = 0; first < form->button_count; first = button_row_end(form, first))
		rows++;
	return rows ? rows + 1 : 0;
}

static int item_width(const struct item *item)
{
	int width = 0;
	struct line_block block;

	switch (item->kind) {
	case ITEM_TEXT:
		line_wrap(item->text, SMALL_WIDEST, &block);
		for (size_t i = 0; i < block.count; i++)
			width = max_of(width, line_width(block.lines[i]));
		line_block_done(&block);
		return width;
	case ITEM_FIELD:
		return line_width(item->text) + FIELD_GAP + item->width;
	case ITEM_TICK:
		return line_width(item->text) + 4;
	default:
		return line_width(item->text);
	}
}

static int choose_width(const struct form *form)
{
	int rows, columns, room, width;

	term_size(form->term, &rows, &columns);
	room = columns - 6 - 2 * FORM_MARGIN;
	if (form->size == FORM_WIDE)
		return min_of(room, max_of(TEXT_WIDEST, form_list_width(form)));
	width = max_of(buttons_width(form, 0, form->button_count), line_width(form->title) + 6);
	for (size_t i = 0; i < form->count; i++)
		width = max_of(width, item_width(&form->items[i]));
	width = max_of(width, form_list_width(form));
	return min_of(max_of(width, 36), min_of(room, SMALL_WIDEST));
}

static int text_width(const struct form *form)
{
	return min_of(form->width, TEXT_WIDEST);
}

/* A label that leaves its field too little room stands above it. */
static bool field_is_below(const struct form *form, const struct item *item)
{
	return line_width(item->text) + FIELD_GAP + item->width > form->width && *item->text;
}

/* Rows each part takes when it gets all it wants. */
static int wanted_height(struct form *form, struct item *item)
{
	switch (item->kind) {
	case ITEM_TEXT:
		line_block_done(&item->block);
		line_wrap(item->text, text_width(form), &item->block);
		return (int)item->block.count;
	case ITEM_FIELD:
		if (!field_is_below(form, item))
			return 1;
		line_block_done(&item->block);
		line_wrap(item->text, text_width(form), &item->block);
		return (int)item->block.count + 1;
	case ITEM_LIST:
		return max_of((int)form->entry_count, 1) + (item->text || form->table ? 1 : 0) + form->detail_height;
	default:
		return 1;
	}
}

static int least_height(const struct form *form, const struct item *item)
{
	switch (item->kind) {
	case ITEM_TEXT:
		return item->whole ? item->height : min_of(item->height, TEXT_ROWS_LEAST);
	case ITEM_LIST:
		return min_of(item->height, LIST_ROWS_LEAST + (item->text || form->table ? 1 : 0) + form->detail_height);
	default:
		return item->height;
	}
}

/* Takes rows from what has most of them until all fits: a long text must not leave a list too short to choose from. */
static void shrink(struct form *form, int excess)
{
	while (excess > 0) {
		struct item *victim = NULL;

		for (size_t i = 0; i < form->count; i++) {
			struct item *item = &form->items[i];

			if (item->height <= least_height(form, item))
				continue;
			if (!victim || item->height > victim->height ||
			    (item->height == victim->height && item->kind == ITEM_LIST))
				victim = item;
		}
		if (!victim)
			break;
		victim->height--;
		excess--;
	}
	/* Air goes last. */
	for (size_t i = 0; i < form->count && excess > 0; i++)
		if (form->items[i].kind == ITEM_GAP && form->items[i].height) {
			form->items[i].height = 0;
			excess--;
		}
}

/* Rows for the longest detail and the gap above it; in ROWS of the window the list and all else keep what they need least. */
static int choose_detail_height(struct form *form, int rows)
{
	int wanted = form_detail_rows(form), others = buttons_height(form);

	form->detail_height = 0;
	for (size_t i = 0; i < form->count; i++) {
		form->items[i].height = wanted_height(form, &form->items[i]);
		others += form->items[i].kind == ITEM_GAP ? 0 : least_height(form, &form->items[i]);
	}
	form->cut = wanted > max_of(rows - others, DETAIL_ROWS + 1);
	return min_of(wanted, max_of(rows - others, DETAIL_ROWS + 1));
}

static void lay_out(struct form *form)
{
	int rows, columns, total;

	term_size(form->term, &rows, &columns);
	form->width = choose_width(form);
	total = buttons_height(form);
	form->detail_height = choose_detail_height(form, rows - 5);
	for (size_t i = 0; i < form->count; i++) {
		form->items[i].height = wanted_height(form, &form->items[i]);
		total += form->items[i].height;
	}
	form->height = min_of(total, rows - 5);
	shrink(form, total - form->height);
	for (size_t i = 0; i < form->count; i++) {
		struct item *item = &form->items[i];

		item->cut = item->kind == ITEM_TEXT && (int)item->block.count > item->height;
		form->cut |= item->cut;
	}
}

/* As many of BLOCK's lines as ROWS hold; "..." ends what finds no room. */
static char *join_lines(const struct line_block *block, int rows, int width)
{
	char *text = line_format("%s", "");

	for (size_t i = 0; i < block->count && (int)i < rows; i++) {
		bool cut = (int)i + 1 == rows && block->count > i + 1;
		char *said = line_format("%s%s", block->lines[i], cut ? " ..." : "");
		char *line = line_fit(said, width);
		char *longer = line_format("%s%s%s", text, i ? "\n" : "", line);

		free(said);
		free(line);
		free(text);
		text = longer;
	}
	return text;
}

static void build_text(struct form *form, const struct item *item, int top)
{
	newtComponent box = newtTextbox(FORM_MARGIN, top, text_width(form), item->height, 0);
	char *text = join_lines(&item->block, item->height, text_width(form));

	newtTextboxSetText(box, text);
	free(text);
	newtFormAddComponent(form->newt, box);
}

static void build_banner(struct form *form, const struct item *item, int top)
{
	static char *const colors[][2] = {
		[TONE_PLAIN] = { "black", "lightgray" },
		[TONE_GOOD] = { "white", "green" },
		[TONE_CARE] = { "black", "brown" },
		[TONE_BAD] = { "white", "red" },
	};
	int inside = form->width;
	char *fit = line_fit(item->text, inside);
	int left = (inside - line_width(fit)) / 2;
	char *shifted = line_format("%*s%s", left, "", fit);
	char *padded = line_pad(shifted, inside);
	newtComponent label = newtLabel(FORM_MARGIN, top, padded);

	if (form->term->color && item->tone != TONE_PLAIN && item->tone <= TONE_BAD) {
		newtSetColor(NEWT_COLORSET_CUSTOM((int)item->tone), colors[item->tone][0], colors[item->tone][1]);
		newtLabelSetColors(label, NEWT_COLORSET_CUSTOM((int)item->tone));
	} else {
		/* Reverse where there is no colour. */
		newtLabelSetColors(label, NEWT_COLORSET_ACTBUTTON);
	}
	newtFormAddComponent(form->newt, label);
	free(fit);
	free(shifted);
	free(padded);
}

/* What is typed takes the place of what was proposed; who moves or deletes first changes that. As newtEntryFilter. */
static int replace_value(newtComponent entry, void *data, int key, int cursor)
{
	struct item *item = data;
	bool typed = item->untouched && key >= ' ' && key < 0x7f;

	(void)cursor;
	item->untouched = false;
	if (typed)
		newtEntrySet(entry, "", 0);
	return key;
}

static void build_field(struct form *form, struct item *item, int top)
{
	int left = line_width(item->text) + FIELD_GAP;

	if (field_is_below(form, item)) {
		char *label = join_lines(&item->block, (int)item->block.count, text_width(form));
		newtComponent box = newtTextbox(FORM_MARGIN, top, text_width(form), (int)item->block.count, 0);

		newtTextboxSetText(box, label);
		newtFormAddComponent(form->newt, box);
		free(label);
		top += (int)item->block.count;
		left = 0;
	} else if (left > 1) {
		newtFormAddComponent(form->newt, newtLabel(FORM_MARGIN, top, item->text));
	} else {
		left = 0;
	}
	item->component = newtEntry(FORM_MARGIN + left, top, item->value, min_of(item->width, form->width - left), NULL,
				    NEWT_FLAG_SCROLL | (item->secret ? NEWT_FLAG_PASSWORD : 0));
	newtEntrySetFilter(item->component, replace_value, item);
	newtFormAddComponent(form->newt, item->component);
}

static void build_buttons(struct form *form)
{
	int top = form->height - (buttons_height(form) - 1);

	form->button_components = ui_allocate((form->button_count + 1) * sizeof(*form->button_components));
	for (size_t first = 0, end; first < form->button_count; first = end, top++) {
		int left;

		end = button_row_end(form, first);
		left = max_of((form->width - buttons_width(form, first, end)) / 2, 0);
		for (size_t i = first; i < end; i++) {
			form->button_components[i] = newtCompactButton(FORM_MARGIN + left, top, form->buttons[i]);
			newtFormAddComponent(form->newt, form->button_components[i]);
			left += line_width(form->buttons[i]) + 4 + BUTTON_GAP;
		}
	}
}

void form_build(struct form *form)
{
	int rows, columns, top = 0;

	lay_out(form);
	term_size(form->term, &rows, &columns);
	newtOpenWindow((columns - form->width) / 2 - FORM_MARGIN, max_of((rows - form->height) / 2, 2),
		       (unsigned)(form->width + 2 * FORM_MARGIN), (unsigned)form->height, form->title);
	form->newt = newtForm(NULL, NULL, NEWT_FLAG_NOF12);
	for (size_t i = 0; i < form->count; i++) {
		struct item *item = &form->items[i];

		if (item->kind == ITEM_TEXT) {
			build_text(form, item, top);
		} else if (item->kind == ITEM_BANNER) {
			build_banner(form, item, top);
		} else if (item->kind == ITEM_LIST) {
			form_build_list(form, item, top);
		} else if (item->kind == ITEM_TICK) {
			item->component = newtCheckbox(FORM_MARGIN, top, item->text, item->mark, " *", &item->mark);
			newtFormAddComponent(form->newt, item->component);
		} else if (item->kind == ITEM_FIELD) {
			build_field(form, item, top);
		}
		top += item->height;
	}
	build_buttons(form);
}

void form_take_down(struct form *form)
{
	newtComponent current = newtFormGetCurrent(form->newt);

	form->focus_kept = -1;
	form->selected = form_current(form);
	for (size_t i = 0; i < form->count; i++) {
		struct item *item = &form->items[i];

		if (item->component && item->component == current)
			form->focus_kept = (int)i;
		if (item->kind == ITEM_FIELD && item->component) {
			char *typed = line_format("%s", newtEntryGetValue(item->component));

			form_drop_value(item);
			item->value = typed;
			/* newt overwrites its whole buffer. */
			if (item->secret)
				newtEntrySet(item->component, "", 1);
		}
		item->component = NULL;
	}
	for (size_t i = 0; i < form->button_count; i++)
		if (form->button_components[i] == current)
			form->focus_kept = (int)(form->count + i);
	newtFormDestroy(form->newt);
	newtPopHelpLine();
	newtPopWindow();
	free(form->button_components);
	form->button_components = NULL;
	form->newt = form->detail = NULL;
}
