/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Full-screen live views over ncurses: a canvas that is redrawn whenever something changed, and waits for keys,
 * news and signals. A live view has the terminal's lease from opening to closing; forms may be run in between only
 * after closing it.
 */
#ifndef LIFEBOAT_UI_LIVE_H
#define LIFEBOAT_UI_LIVE_H

#include "term.h"

struct live;

/* Keys every live view understands beside its own. */
enum live_move {
	MOVE_NONE,
	MOVE_UP,
	MOVE_DOWN,
	MOVE_PAGE_UP,
	MOVE_PAGE_DOWN,
	MOVE_START,
	MOVE_END,
	MOVE_ENTER,
	MOVE_ERASE,      /* backspace */
	MOVE_CHARACTER,  /* any printable character; see live_pressed.character */
};

struct live_pressed {
	int key;                 /* id of the view's key, or 0 */
	enum live_move move;
	char character[8];       /* UTF-8, NUL-ended */
};

/* NULL when the terminal does not let ncurses start. */
struct live *live_open(struct term *term);
void live_close(struct live *live);
void live_size(const struct live *live, int *ret_rows, int *ret_columns);

/* Starts a frame: everything is blank. */
void live_begin(struct live *live);
/* Text cut or filled up to WIDTH cells. */
void live_put(struct live *live, int row, int column, int width, enum tone tone, const char *text);
/* "[#####.....]" of WIDTH cells; FRACTION from 0 to 1. */
void live_bar(struct live *live, int row, int column, int width, double fraction);
/* Lines; drawn with the terminal's own line signs where it has them. */
void live_rule(struct live *live, int row, int column, int width);
void live_column(struct live *live, int row, int column, int height);
/* The first row, and the last one with the keys. */
void live_head(struct live *live, const char *left, const char *right);
void live_keys(struct live *live, const struct key *keys, size_t count);
/* Ends the frame: shows it. */
void live_end(struct live *live);

/* Waits. VIEW_KEY: one of KEYS or a move, in *RET. VIEW_CHANGED: draw again, maybe in another size. While TYPING letters are characters,
 * not keys. */
enum view_end live_wait(struct live *live, const struct key *keys, size_t count, enum key_typing typing, struct live_pressed *ret);

#endif
