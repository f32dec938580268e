/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "live.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <curses.h>

#include "line.h"
#include "memory.h"
#include "term_inside.h"

#define ESCAPE_DELAY_MS 250 /* a slow line needs time for the rest of a function key */

struct live {
	struct term *term;
	SCREEN *screen;
	int rows, columns;
};

static void start_colors(const struct term *term)
{
	if (!term->color || start_color() != OK)
		return;
	init_pair(TONE_GOOD, COLOR_GREEN, COLOR_BLACK);
	init_pair(TONE_CARE, COLOR_YELLOW, COLOR_BLACK);
	init_pair(TONE_BAD, COLOR_WHITE, COLOR_RED);
	init_pair(TONE_REVERSE, COLOR_WHITE, COLOR_BLUE);
}

/* False when ncurses does not start; newt has the terminal again then. */
static bool start(struct live *live)
{
	struct term *term = live->term;

	term_lend(term);
	/* Lines as newt draws them: of Unicode where the locale has it. Terminals that take UTF-8 often know no other way. */
	setenv("NCURSES_NO_UTF8_ACS", "1", 0);
	live->screen = newterm(NULL, stdout, stdin);
	if (!live->screen) {
		term_take_back(term);
		return false;
	}
	set_term(live->screen);
	raw();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	curs_set(0);
	set_escdelay(ESCAPE_DELAY_MS);
	start_colors(term);
	getmaxyx(stdscr, live->rows, live->columns);
	return true;
}

static void stop(struct live *live)
{
	curs_set(1);
	endwin();
	delscreen(live->screen);
	live->screen = NULL;
	term_take_back(live->term);
}

/* For another size. */
static enum view_end start_again(struct live *live)
{
	stop(live);
	term_resize(live->term);
	if (live->term->hangup || !start(live))
		return VIEW_HANGUP;
	return VIEW_CHANGED;
}

struct live *live_open(struct term *term)
{
	struct live *live = ui_allocate(sizeof(*live));

	live->term = term;
	if (start(live))
		return live;
	free(live);
	return NULL;
}

void live_close(struct live *live)
{
	if (!live)
		return;
	if (live->screen)
		stop(live);
	free(live);
}

void live_size(const struct live *live, int *ret_rows, int *ret_columns)
{
	*ret_rows = live->rows;
	*ret_columns = live->columns;
}

void live_begin(struct live *live)
{
	(void)live;
	erase();
}

static attr_t attribute(const struct live *live, enum tone tone)
{
	bool color = live->term->color;

	switch (tone) {
	case TONE_GOOD:
		return color ? COLOR_PAIR(TONE_GOOD) : A_NORMAL;
	case TONE_CARE:
		return color ? COLOR_PAIR(TONE_CARE) | A_BOLD : A_BOLD;
	case TONE_BAD:
		return color ? COLOR_PAIR(TONE_BAD) | A_BOLD : A_REVERSE;
	case TONE_STRONG:
		return A_BOLD;
	case TONE_REVERSE:
		return color ? COLOR_PAIR(TONE_REVERSE) | A_BOLD : A_REVERSE;
	default:
		return A_NORMAL;
	}
}

void live_put(struct live *live, int row, int column, int width, enum tone tone, const char *text)
{
	char *padded;

	if (row < 0 || row >= live->rows || column >= live->columns || width <= 0)
		return;
	if (column + width > live->columns)
		width = live->columns - column;
	padded = line_pad(text, width);
	attrset(attribute(live, tone));
	mvaddstr(row, column, padded);
	attrset(A_NORMAL);
	free(padded);
}

void live_bar(struct live *live, int row, int column, int width, double fraction)
{
	int inside = width - 2;
	int full;
	char *bar;

	if (inside < 1)
		return;
	if (!(fraction >= 0))
		fraction = 0;
	if (fraction > 1)
		fraction = 1;
	full = (int)(fraction * inside);
	bar = ui_allocate((size_t)width + 1);
	bar[0] = '[';
	memset(bar + 1, '#', (size_t)full);
	memset(bar + 1 + full, '.', (size_t)(inside - full));
	bar[width - 1] = ']';
	live_put(live, row, column, width, TONE_PLAIN, bar);
	free(bar);
}

void live_rule(struct live *live, int row, int column, int width)
{
	(void)live;
	mvhline(row, column, 0, width);
}

void live_column(struct live *live, int row, int column, int height)
{
	(void)live;
	mvvline(row, column, 0, height);
}

void live_head(struct live *live, const char *left, const char *right)
{
	int width = line_width(right);
	char *text = line_format(" %s", left);

	live_put(live, 0, 0, live->columns, TONE_REVERSE, text);
	free(text);
	if (width > 0 && line_width(left) + width < live->columns - 4)
		live_put(live, 0, live->columns - width - 1, width, TONE_REVERSE, right);
}

void live_keys(struct live *live, const struct key *keys, size_t count)
{
	char *line = key_line(keys, count, KEY_TYPING_NOTHING, live->columns - 2);
	char *indented = line_format(" %s", line);

	live_put(live, live->rows - 1, 0, live->columns, TONE_REVERSE, indented);
	free(line);
	free(indented);
}

void live_end(struct live *live)
{
	(void)live;
	move(0, 0);
	refresh();
}

static const struct {
	int code;
	enum live_move move;
} moves[] = {
	{ KEY_UP, MOVE_UP },           { KEY_DOWN, MOVE_DOWN },  { KEY_PPAGE, MOVE_PAGE_UP },
	{ KEY_NPAGE, MOVE_PAGE_DOWN }, { KEY_HOME, MOVE_START }, { KEY_END, MOVE_END },
	{ KEY_ENTER, MOVE_ENTER },     { '\r', MOVE_ENTER },     { '\n', MOVE_ENTER },
	{ KEY_BACKSPACE, MOVE_ERASE }, { '\b', MOVE_ERASE },     { 127, MOVE_ERASE },
};

static int find_key(const struct key *keys, size_t count, enum key_typing typing, bool is_code, int pressed)
{
	for (size_t i = 0; i < count; i++) {
		if (is_code) {
			if (keys[i].function && pressed == KEY_F(keys[i].function))
				return keys[i].id;
		} else if ((key_letter_works(&keys[i], typing) && pressed == keys[i].letter) ||
			   (keys[i].control && pressed == keys[i].control - '@') || (keys[i].escape && pressed == 27)) {
			return keys[i].id;
		}
	}
	return 0;
}

/* One key from what was read; false when none is there. */
static bool read_key(const struct key *keys, size_t count, enum key_typing typing, struct live_pressed *ret)
{
	mbstate_t state = { 0 };
	wint_t pressed;
	int kind = get_wch(&pressed);
	size_t length;

	*ret = (struct live_pressed){ 0 };
	if (kind == ERR)
		return false;
	if (kind == OK && pressed == 12) {
		/* Ctrl-L draws all again, as in forms. */
		clearok(curscr, TRUE);
		return true;
	}
	ret->key = find_key(keys, count, typing, kind == KEY_CODE_YES, (int)pressed);
	if (ret->key)
		return true;
	for (size_t i = 0; i < sizeof(moves) / sizeof(moves[0]); i++)
		if (moves[i].code == (int)pressed && (kind == KEY_CODE_YES) == (moves[i].code >= KEY_MIN))
			ret->move = moves[i].move;
	if (ret->move == MOVE_NONE && kind == OK && wcwidth((wchar_t)pressed) > 0) {
		length = wcrtomb(ret->character, (wchar_t)pressed, &state);
		if (length != (size_t)-1 && length < sizeof(ret->character)) {
			ret->character[length] = '\0';
			ret->move = MOVE_CHARACTER;
		}
	}
	return true;
}

enum view_end live_wait(struct live *live, const struct key *keys, size_t count, enum key_typing typing, struct live_pressed *ret)
{
	struct term *term = live->term;
	struct pollfd fds[] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = term->signal_fd, .events = POLLIN },
		{ .fd = term->watch_fd, .events = POLLIN },
	};

	if (term->hangup)
		return VIEW_HANGUP;
	if (term->stale) {
		term->stale = false;
		return VIEW_NEWS;
	}
	if (term->resized)
		return start_again(live);
	if (read_key(keys, count, typing, ret))
		return ret->key || ret->move ? VIEW_KEY : VIEW_CHANGED;
	if (poll(fds, 3, -1) < 0)
		return errno == EINTR ? VIEW_CHANGED : VIEW_HANGUP;
	if (fds[1].revents)
		return term_signals(term);
	if (fds[0].revents) {
		if (read_key(keys, count, typing, ret))
			return ret->key || ret->move ? VIEW_KEY : VIEW_CHANGED;
		/* Readable, and nothing to read: the line is down. */
		if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL)) {
			term->hangup = true;
			return VIEW_HANGUP;
		}
	}
	if (fds[2].revents)
		return term_news(term);
	return VIEW_CHANGED;
}
