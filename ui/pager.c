/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pager.h"

#include <stdlib.h>
#include <string.h>

#include "line.h"
#include "live.h"
#include "memory.h"

struct row {
	char *text;
	enum tone tone;
	size_t line;             /* of the source */
};

struct pager {
	struct term *term;
	char *title;
	struct pager_source source;
	const struct pager_texts *texts;
	struct row *rows;
	size_t row_count;
	size_t lines_taken;
	int width;               /* the rows were wrapped for */
	size_t top;
	bool follow;
	char *pattern;           /* searched for; NULL: nothing yet */
	size_t hit;              /* row of the last find + 1; 0: none */
	char *note;              /* shown in place of the position once; NULL */
	enum key_typing typing;  /* the pattern is being typed */
	char *typed;
};

enum { OWN_SEARCH = 1001, OWN_NEXT, OWN_PREVIOUS, OWN_START, OWN_END };

struct pager *pager_new(struct term *term, const char *title, const struct pager_source *source,
			const struct pager_texts *texts, bool follow)
{
	struct pager *pager = ui_allocate(sizeof(*pager));

	pager->term = term;
	pager->title = line_clean(title, false);
	pager->source = *source;
	pager->texts = texts;
	pager->follow = follow;
	return pager;
}

static void forget_rows(struct pager *pager)
{
	for (size_t i = 0; i < pager->row_count; i++)
		free(pager->rows[i].text);
	free(pager->rows);
	pager->rows = NULL;
	pager->row_count = pager->lines_taken = pager->hit = 0;
}

void pager_free(struct pager *pager)
{
	if (!pager)
		return;
	forget_rows(pager);
	free(pager->title);
	free(pager->pattern);
	free(pager->note);
	free(pager->typed);
	free(pager);
}

/* Wraps the lines that came since the last call. */
static void take_lines(struct pager *pager, int width)
{
	size_t count = pager->source.count(pager->source.data);
	bool rewrap = width != pager->width && pager->top < pager->row_count;
	size_t line_at_top = rewrap ? pager->rows[pager->top].line : 0;

	if (count < pager->lines_taken || width != pager->width)
		forget_rows(pager);
	pager->width = width;
	for (; pager->lines_taken < count; pager->lines_taken++) {
		enum tone tone = TONE_PLAIN;
		const char *line = pager->source.line(pager->source.data, pager->lines_taken, &tone);
		struct line_block block;

		line_wrap(line, width, &block);
		pager->rows = ui_reallocate(pager->rows, (pager->row_count + block.count) * sizeof(*pager->rows));
		for (size_t i = 0; i < block.count; i++)
			pager->rows[pager->row_count++] = (struct row){
				.text = line_clean(block.lines[i], false),
				.tone = tone,
				.line = pager->lines_taken,
			};
		line_block_done(&block);
	}
	if (rewrap)
		for (pager->top = 0; pager->top < pager->row_count && pager->rows[pager->top].line < line_at_top;)
			pager->top++;
}

static size_t last_top(const struct pager *pager, size_t height)
{
	return pager->row_count > height ? pager->row_count - height : 0;
}

static void scroll_to(struct pager *pager, size_t height, long top)
{
	size_t last = last_top(pager, height);

	pager->top = top < 0 ? 0 : (size_t)top > last ? last : (size_t)top;
	pager->follow = pager->top == last;
}

/* Goes to the next row that holds the pattern, after the last find where that is in sight, else from the top of what
 * is shown. */
static void search(struct pager *pager, size_t height, bool forward)
{
	size_t count = pager->row_count;
	bool in_sight = pager->hit > pager->top && pager->hit <= pager->top + height;
	size_t start = in_sight ? pager->hit - 1 : pager->top + (forward ? count - 1 : 0);

	if (!pager->pattern || !*pager->pattern || count == 0)
		return;
	for (size_t step = 1; step <= count; step++) {
		size_t i = (forward ? start + step : start + 2 * count - step) % count;

		if (!strcasestr(pager->rows[i].text, pager->pattern))
			continue;
		pager->hit = i + 1;
		if (i < pager->top || i >= pager->top + height)
			pager->top = i < last_top(pager, height) ? i : last_top(pager, height);
		pager->follow = false;
		return;
	}
	free(pager->note);
	pager->note = line_format("%s: %s", pager->texts->not_found, pager->pattern);
}

static void draw_body(struct pager *pager, struct live *live, int height, int columns)
{
	for (int i = 0; i < height && pager->top + (size_t)i < pager->row_count; i++) {
		const struct row *row = &pager->rows[pager->top + (size_t)i];
		const char *hit = pager->pattern && *pager->pattern ? strcasestr(row->text, pager->pattern) : NULL;

		live_put(live, 1 + i, 1, columns - 2, row->tone, row->text);
		if (hit) {
			char *before = line_format("%.*s", (int)(hit - row->text), row->text);
			char *found = line_format("%.*s", (int)strlen(pager->pattern), hit);

			live_put(live, 1 + i, 1 + line_width(before), line_width(found),
				 pager->top + (size_t)i + 1 == pager->hit ? TONE_REVERSE : TONE_STRONG, found);
			free(before);
			free(found);
		}
	}
	if (pager->row_count == 0)
		live_put(live, 2, 2, columns - 4, TONE_PLAIN, pager->texts->empty);
}

static void draw(struct pager *pager, struct live *live, const struct key *keys, size_t count)
{
	int rows, columns, height;
	char *position;

	live_size(live, &rows, &columns);
	height = rows - 2;
	take_lines(pager, columns - 2);
	if (pager->follow || pager->top > last_top(pager, (size_t)height))
		pager->top = last_top(pager, (size_t)height);
	live_begin(live);
	if (pager->note)
		position = line_format("%s", pager->note);
	else if (pager->row_count <= (size_t)height)
		position = line_format("%s", "");
	else
		position = line_format("%zu-%zu / %zu", pager->top + 1, pager->top + (size_t)height, pager->row_count);
	live_head(live, pager->title, position);
	free(position);
	free(pager->note);
	pager->note = NULL;
	draw_body(pager, live, height, columns);
	live_keys(live, keys, count);
	if (pager->typing) {
		char *prompt = line_format(" %s: %s_", pager->texts->search, pager->typed);

		live_put(live, rows - 1, 0, columns, TONE_STRONG, prompt);
		free(prompt);
	}
	live_end(live);
}

static void type(struct pager *pager, size_t height, const struct live_pressed *pressed)
{
	if (pressed->move == MOVE_CHARACTER) {
		char *longer = line_format("%s%s", pager->typed, pressed->character);

		free(pager->typed);
		pager->typed = longer;
	} else if (pressed->move == MOVE_ERASE && *pager->typed) {
		size_t length = strlen(pager->typed);

		do
			length--;
		while (length > 0 && ((unsigned char)pager->typed[length] & 0xc0) == 0x80);
		pager->typed[length] = '\0';
	} else if (pressed->move == MOVE_ENTER) {
		pager->typing = KEY_TYPING_NOTHING;
		if (*pager->typed) {
			free(pager->pattern);
			pager->hit = 0;
			pager->pattern = pager->typed;
			pager->typed = NULL;
		}
		search(pager, height, true);
	}
}

static void press(struct pager *pager, size_t height, const struct live_pressed *pressed)
{
	long top = (long)pager->top, page = (long)height - 1;

	if (pressed->key == OWN_SEARCH) {
		free(pager->typed);
		pager->typed = line_format("%s", "");
		pager->typing = KEY_TYPING_WORDS;
	} else if (pressed->key == OWN_NEXT || pressed->key == OWN_PREVIOUS) {
		search(pager, height, pressed->key == OWN_NEXT);
	} else if (pressed->key == OWN_START || pressed->move == MOVE_START) {
		scroll_to(pager, height, 0);
	} else if (pressed->key == OWN_END || pressed->move == MOVE_END) {
		scroll_to(pager, height, (long)last_top(pager, height));
	} else if (pressed->move == MOVE_UP) {
		scroll_to(pager, height, top - 1);
	} else if (pressed->move == MOVE_DOWN || pressed->move == MOVE_ENTER) {
		scroll_to(pager, height, top + 1);
	} else if (pressed->move == MOVE_PAGE_UP) {
		scroll_to(pager, height, top - page);
	} else if (pressed->move == MOVE_PAGE_DOWN ||
		   (pressed->move == MOVE_CHARACTER && pressed->character[0] == ' ')) {
		scroll_to(pager, height, top + page);
	}
}

enum view_end pager_run(struct pager *pager, const struct key *keys, size_t count, int *ret)
{
	const struct key own[] = {
		{ .id = OWN_SEARCH, .letter = '/', .label = pager->texts->search },
		{ .id = OWN_NEXT, .letter = 'n', .label = pager->texts->next },
		{ .id = OWN_PREVIOUS, .letter = 'N', .label = "" },
		{ .id = OWN_START, .letter = 'g', .label = pager->texts->start },
		{ .id = OWN_END, .letter = 'G', .label = pager->texts->end },
	};
	size_t own_count = sizeof(own) / sizeof(own[0]);
	struct key all[KEYS_MAX + sizeof(own) / sizeof(own[0])];
	struct live *live = live_open(pager->term);
	enum view_end end;

	if (!live)
		return VIEW_HANGUP;
	if (count > KEYS_MAX)
		count = KEYS_MAX;
	memcpy(all, own, sizeof(own));
	if (count)
		memcpy(all + own_count, keys, count * sizeof(*keys));
	for (;;) {
		struct live_pressed pressed;
		int rows, columns;

		draw(pager, live, all, own_count + count);
		end = live_wait(live, all, own_count + count, pager->typing, &pressed);
		if (end == VIEW_CHANGED)
			continue;
		if (end != VIEW_KEY)
			break;
		live_size(live, &rows, &columns);
		if (pager->typing) {
			if (pressed.key && pressed.key < OWN_SEARCH)
				pager->typing = KEY_TYPING_NOTHING;
			else if (pressed.key)
				/* '/' is a letter of the pattern while it is typed. */
				type(pager, (size_t)rows - 2,
				     &(struct live_pressed){ .move = MOVE_CHARACTER, .character = "/" });
			else
				type(pager, (size_t)rows - 2, &pressed);
		} else if (pressed.key && pressed.key < OWN_SEARCH) {
			*ret = pressed.key;
			break;
		} else {
			press(pager, (size_t)rows - 2, &pressed);
		}
	}
	live_close(live);
	return end;
}
