/* Lays a form out for the terminal and makes newt's parts of it. */
#include <stdlib.h>
#include <string.h>

#include "form_inside.h"
#include "memory.h"

#define MARGIN 1         /* cells between border and text */
#define TEXT_WIDEST 100  /* cells of a line of text: longer ones are hard to read */
#define SMALL_WIDEST 64  /* of a small one: on the one it covers it is seen to lie */
#define DETAIL_ROWS 3    /* of the detail, however little room there is */
#define LIST_ROWS_LEAST 3
#define TEXT_ROWS_LEAST 3
#define FIELD_GAP 1
#define TEXT_BAR 2       /* cells of a scroll bar and the gap before it, beside a text */
#define LIST_BAR 3       /* the same within a list */
#define MARK 4           /* before an entry: a box, or a sign that it cannot be chosen */

static int max_of(int a, int b)
{
	return a > b ? a : b;
}

static int min_of(int a, int b)
{
	return a < b ? a : b;
}

static int buttons_width(const struct form *form)
{
	int width = 0;

	for (size_t i = 0; i < form->button_count; i++)
		width += line_width(form->buttons[i]) + 4 + (i ? 2 : 0);
	return width;
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

/* Cells that the list takes when nothing is cut. */
static int list_width(const struct form *form)
{
	int width = form->table ? table_width(form->table) : 0;

	for (size_t i = 0; i < form->entry_count; i++)
		width = max_of(width, line_width(form->entries[i].text));
	return width ? width + MARK + LIST_BAR : 0;
}

static int choose_width(const struct form *form)
{
	int rows, columns, room, width;

	term_size(form->term, &rows, &columns);
	room = columns - 6 - 2 * MARGIN;
	if (form->size == FORM_WIDE)
		return min_of(room, max_of(TEXT_WIDEST, list_width(form)));
	width = max_of(buttons_width(form), line_width(form->title) + 6);
	for (size_t i = 0; i < form->count; i++)
		width = max_of(width, item_width(&form->items[i]));
	width = max_of(width, list_width(form));
	return min_of(max_of(width, 36), min_of(room, SMALL_WIDEST));
}

static int text_width(const struct form *form)
{
	return min_of(form->width, TEXT_WIDEST);
}

/* Rows each part takes when it gets all it wants. */
static int wanted_height(struct form *form, struct item *item)
{
	switch (item->kind) {
	case ITEM_TEXT:
		line_block_done(&item->block);
		line_wrap(item->text, text_width(form), &item->block);
		return (int)item->block.count;
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
		return min_of(item->height, TEXT_ROWS_LEAST);
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

/* A detail that only repeats what its line shows whole needs no room. */
static bool says_more(const struct form *form, const struct entry *entry)
{
	size_t text = strlen(entry->text), detail = strlen(entry->detail);

	if (detail == 0)
		return false;
	return detail > text || strcmp(entry->text + text - detail, entry->detail) != 0 ||
	       line_width(entry->text) > form->width - 4;
}

/* Rows for the longest detail and the gap above it; in ROWS of the window the list and all else keep what they need least. */
static int choose_detail_height(struct form *form, int rows)
{
	int wanted = 0, others = form->button_count ? 2 : 0;

	for (size_t i = 0; i < form->entry_count; i++) {
		struct line_block block;

		if (!says_more(form, &form->entries[i]))
			continue;
		line_wrap(form->entries[i].detail, form->width, &block);
		wanted = max_of(wanted, (int)block.count + 1);
		line_block_done(&block);
	}
	form->detail_height = 0;
	for (size_t i = 0; i < form->count; i++) {
		form->items[i].height = wanted_height(form, &form->items[i]);
		others += form->items[i].kind == ITEM_GAP ? 0 : least_height(form, &form->items[i]);
	}
	return min_of(wanted, max_of(rows - others, DETAIL_ROWS + 1));
}

static void lay_out(struct form *form)
{
	int rows, columns, total = form->button_count ? 2 : 0;

	term_size(form->term, &rows, &columns);
	form->width = choose_width(form);
	form->detail_height = choose_detail_height(form, rows - 5);
	for (size_t i = 0; i < form->count; i++) {
		form->items[i].height = wanted_height(form, &form->items[i]);
		total += form->items[i].height;
	}
	form->height = min_of(total, rows - 5);
	shrink(form, total - form->height);
	for (size_t i = 0; i < form->count; i++)
		if (form->items[i].kind == ITEM_TEXT)
			form->items[i].scrolls = (int)form->items[i].block.count > form->items[i].height;
}

static char *join_lines(const struct line_block *block)
{
	char *text = line_format("%s", "");

	for (size_t i = 0; i < block->count; i++) {
		char *longer = line_format("%s%s%s", text, i ? "\n" : "", block->lines[i]);

		free(text);
		text = longer;
	}
	return text;
}

static void build_text(struct form *form, struct item *item, int top)
{
	newtComponent box;
	char *text;

	/* newt puts the scroll bar beside the width it is told. */
	if (item->scrolls) {
		line_block_done(&item->block);
		line_wrap(item->text, text_width(form) - TEXT_BAR, &item->block);
	}
	text = join_lines(&item->block);
	box = newtTextbox(MARGIN, top, text_width(form) - (item->scrolls ? TEXT_BAR : 0), item->height,
			  item->scrolls ? NEWT_FLAG_SCROLL : 0);
	newtTextboxSetText(box, text);
	free(text);
	newtFormAddComponent(form->newt, box);
	if (item->scrolls) {
		newtComponentTakesFocus(box, 1);
		item->component = box;
	}
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
	newtComponent label = newtLabel(MARGIN, top, padded);

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

/* The detail in as many full lines as it has room for: newt leaves standing what it is not told to overwrite. What finds
 * no room ends in "...". */
static char *detail_text(const struct form *form, const struct entry *entry)
{
	size_t rows = (size_t)form->detail_height - 1;
	struct line_block block;
	char *text = line_format("%s", "");

	line_wrap(says_more(form, entry) ? entry->detail : "", form->width, &block);
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
	char *row = form->table ? table_row(form->table, i, width - line_width(mark)) : line_format("%s", entry->text);
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

static void build_list(struct form *form, struct item *item, int top)
{
	int head = item->text || form->table ? 1 : 0;
	int rows = item->height - head - form->detail_height;
	bool scrolls = (int)form->entry_count > rows;
	newtComponent list;

	if (head) {
		char *line = head_line(form, item);

		newtFormAddComponent(form->newt, newtLabel(MARGIN, top, line));
		free(line);
	}
	list = newtListbox(MARGIN, top + head, rows, NEWT_FLAG_RETURNEXIT | (scrolls ? NEWT_FLAG_SCROLL : 0));
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
		form->detail = newtTextbox(MARGIN, top + head + rows + 1, form->width, form->detail_height - 1, 0);
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

static void build_field(struct form *form, struct item *item, int top)
{
	int left = line_width(item->text) + FIELD_GAP;

	if (left > 1)
		newtFormAddComponent(form->newt, newtLabel(MARGIN, top, item->text));
	else
		left = 0;
	item->component = newtEntry(MARGIN + left, top, item->value, min_of(item->width, form->width - left), NULL,
				    NEWT_FLAG_SCROLL | (item->secret ? NEWT_FLAG_PASSWORD : 0));
	newtFormAddComponent(form->newt, item->component);
}

static void build_buttons(struct form *form)
{
	int left = max_of((form->width - buttons_width(form)) / 2, 0);

	form->button_components = ui_allocate((form->button_count + 1) * sizeof(*form->button_components));
	for (size_t i = 0; i < form->button_count; i++) {
		form->button_components[i] = newtCompactButton(MARGIN + left, form->height - 1, form->buttons[i]);
		newtFormAddComponent(form->newt, form->button_components[i]);
		left += line_width(form->buttons[i]) + 4 + 2;
	}
}

void form_build(struct form *form)
{
	int rows, columns, top = 0;

	lay_out(form);
	term_size(form->term, &rows, &columns);
	newtOpenWindow((columns - form->width) / 2 - MARGIN, max_of((rows - form->height) / 2, 2),
		       (unsigned)(form->width + 2 * MARGIN), (unsigned)form->height, form->title);
	form->newt = newtForm(NULL, NULL, NEWT_FLAG_NOF12);
	for (size_t i = 0; i < form->count; i++) {
		struct item *item = &form->items[i];

		if (item->kind == ITEM_TEXT) {
			build_text(form, item, top);
		} else if (item->kind == ITEM_BANNER) {
			build_banner(form, item, top);
		} else if (item->kind == ITEM_LIST) {
			build_list(form, item, top);
		} else if (item->kind == ITEM_TICK) {
			item->component = newtCheckbox(MARGIN, top, item->text, item->mark, " *", &item->mark);
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

			free(item->value);
			item->value = typed;
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
