/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "browser.h"

#include <stdlib.h>

#include "line.h"
#include "live.h"
#include "memory.h"

#define DETAIL_SHARE 3 /* a third of the screen */

struct row {
	bool heading;
	enum tone tone;
	char *text, *detail;
	const struct table *table; /* NULL: it is a text */
	size_t cells;            /* row of the table */
};

struct section {
	struct table *table;
	size_t rows;
};

struct browser {
	struct term *term;
	char *title;
	struct row *rows;
	size_t count;
	struct section *sections; /* those with columns */
	size_t section_count;
	size_t current;
	size_t top;
};

struct browser *browser_new(struct term *term, const char *title)
{
	struct browser *browser = ui_allocate(sizeof(*browser));

	browser->term = term;
	browser->title = line_clean(title, false);
	return browser;
}

void browser_free(struct browser *browser)
{
	if (!browser)
		return;
	for (size_t i = 0; i < browser->count; i++) {
		free(browser->rows[i].text);
		free(browser->rows[i].detail);
	}
	for (size_t i = 0; i < browser->section_count; i++)
		table_free(browser->sections[i].table);
	free(browser->sections);
	free(browser->rows);
	free(browser->title);
	free(browser);
}

static void add(struct browser *browser, bool heading, enum tone tone, const char *text, const char *detail)
{
	browser->rows = ui_reallocate(browser->rows, (browser->count + 1) * sizeof(*browser->rows));
	browser->rows[browser->count++] = (struct row){
		.heading = heading,
		.tone = tone,
		.text = line_clean(text, false),
		.detail = line_clean(detail, true),
	};
}

void browser_section(struct browser *browser, const char *title)
{
	add(browser, true, TONE_STRONG, title, "");
}

void browser_row(struct browser *browser, enum tone tone, const char *text, const char *detail)
{
	add(browser, false, tone, text, detail);
}

void browser_columns(struct browser *browser, const struct column *columns, size_t count)
{
	browser->sections =
		ui_reallocate(browser->sections, (browser->section_count + 1) * sizeof(*browser->sections));
	browser->sections[browser->section_count++] = (struct section){ .table = table_new(columns, count) };
}

void browser_cells(struct browser *browser, enum tone tone, const char *const *cells, const char *detail)
{
	struct section *section = &browser->sections[browser->section_count - 1];

	table_add(section->table, cells);
	add(browser, false, tone, "", detail);
	browser->rows[browser->count - 1].table = section->table;
	browser->rows[browser->count - 1].cells = section->rows++;
}

/* What a row says in WIDTH cells. */
static char *row_text(const struct row *row, bool current, int width)
{
	UI_CLEANUP_FREE char *text = row->table ? table_row(row->table, row->cells, width - 2) : line_format("%s", row->text);

	return row->heading ? line_format("%s", text) : line_format("%s %s", current ? ">" : " ", text);
}

static void draw_row(const struct browser *browser, struct live *live, size_t i, int row, int columns)
{
	const struct row *item = &browser->rows[i];
	bool current = i == browser->current;
	char *text = row_text(item, current, columns - 2);

	live_put(live, row, 1, columns - 2, current ? TONE_REVERSE : item->tone, text);
	free(text);
}

static void draw(struct browser *browser, struct live *live, const struct key *keys, size_t count)
{
	int rows, columns, detail, height;
	struct line_block block;

	live_size(live, &rows, &columns);
	detail = rows / DETAIL_SHARE;
	height = rows - 3 - detail;
	/* The heading above the first row of a section is kept in sight. */
	if (browser->current < browser->top)
		browser->top = browser->current;
	while (browser->top > 0 && browser->rows[browser->top - 1].heading && browser->top == browser->current)
		browser->top--;
	if (browser->current >= browser->top + (size_t)height)
		browser->top = browser->current - (size_t)height + 1;
	live_begin(live);
	live_head(live, browser->title, "");
	for (int i = 0; i < height && browser->top + (size_t)i < browser->count; i++)
		draw_row(browser, live, browser->top + (size_t)i, 1 + i, columns);
	live_rule(live, 1 + height, 0, columns);
	if (browser->current < browser->count) {
		line_wrap(browser->rows[browser->current].detail, columns - 4, &block);
		for (int i = 0; i < detail && (size_t)i < block.count; i++)
			live_put(live, 2 + height + i, 2, columns - 4, TONE_PLAIN, block.lines[i]);
		line_block_done(&block);
	}
	live_keys(live, keys, count);
	live_end(live);
}

/* Moves by STEP rows that are no headings. */
static void move_by(struct browser *browser, long step)
{
	long direction = step < 0 ? -1 : 1;

	for (; step; step -= direction) {
		long next = (long)browser->current;

		do
			next += direction;
		while (next >= 0 && (size_t)next < browser->count && browser->rows[next].heading);
		if (next < 0 || (size_t)next >= browser->count)
			return;
		browser->current = (size_t)next;
	}
}

enum view_end browser_run(struct browser *browser, const struct key *keys, size_t count, int *ret)
{
	struct live *live = live_open(browser->term);
	enum view_end end;

	if (!live)
		return VIEW_HANGUP;
	if (browser->count && browser->rows[browser->current].heading)
		move_by(browser, 1);
	for (;;) {
		struct live_pressed pressed;

		draw(browser, live, keys, count);
		end = live_wait(live, keys, count, false, &pressed);
		if (end == VIEW_CHANGED)
			continue;
		if (end != VIEW_KEY)
			break;
		if (pressed.key) {
			*ret = pressed.key;
			break;
		}
		if (pressed.move == MOVE_UP)
			move_by(browser, -1);
		else if (pressed.move == MOVE_DOWN)
			move_by(browser, 1);
		else if (pressed.move == MOVE_PAGE_UP)
			move_by(browser, -10);
		else if (pressed.move == MOVE_PAGE_DOWN)
			move_by(browser, 10);
		else if (pressed.move == MOVE_START)
			move_by(browser, -(long)browser->count);
		else if (pressed.move == MOVE_END)
			move_by(browser, (long)browser->count);
	}
	live_close(live);
	return end;
}
