/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The terminal and who draws on it: newt forms, ncurses views and programs take it in turns through one lease. While
 * screens are up nothing else reaches the terminal: standard error is put aside. Signals (resize, hang-up,
 * terminate) come as a descriptor, and so does one more source of news that every view looks at while it waits for
 * keys. A new size is the views' own business: they redraw themselves and continue as they stand.
 */
#ifndef LIFEBOAT_UI_TERM_H
#define LIFEBOAT_UI_TERM_H

#include <stdbool.h>
#include <sys/types.h>

#include "key.h"

#define TERM_ROWS 24     /* the least a screen needs */
#define TERM_COLUMNS 80

struct term;

/* How text is meant; colours where there are any, else bold and reverse. */
enum tone { TONE_PLAIN, TONE_GOOD, TONE_CARE, TONE_BAD, TONE_STRONG, TONE_REVERSE };

/* How a view ended. */
enum view_end {
	VIEW_KEY,        /* one of its keys; the id is given beside it */
	VIEW_CHOICE,     /* a button or an entry was chosen */
	VIEW_NEWS,       /* the watch says that what is shown no longer holds */
	VIEW_CHANGED,    /* live views: draw again */
	VIEW_HANGUP,     /* the terminal is gone, or the program shall end */
};

/* Reads what came in; true when the view on the screen no longer holds and must be left. */
typedef bool (*term_ready)(void *data);

/* Whether standard input and output are a terminal that screens work on: known to terminfo, can move its cursor,
 * large enough. Why not in a new sentence in *RET_WHY (may be NULL). Never exits, whatever TERM is. */
bool term_can_show(char **ret_why);
/* Takes the terminal of standard input and output; term_can_show() must be true. Blocks SIGWINCH, SIGHUP, SIGTERM,
 * SIGINT and SIGQUIT for the process. 0 or -errno. */
int term_open(struct term **ret);
/* Gives it back as it was. NULL is ignored. */
void term_close(struct term *term);

/* FD becomes readable: READY is called from whatever view waits. -1: nothing is watched. */
void term_watch(struct term *term, int fd, term_ready ready, void *data);
/* The line at the top: copied. Drawn with the next form. */
void term_head(struct term *term, const char *left, const char *right);

bool term_has_color(const struct term *term);
/* What forms are drawn for. The terminal may have another size already: the signal that says so is then on its way. */
void term_size(const struct term *term, int *ret_rows, int *ret_columns);

/* Leaves the screens, clears the terminal, writes BANNER, runs ARGV in the foreground and comes back to the screens.
 * News are read meanwhile. The exit status, or -errno. The program gets signals as they were before term_open(). */
int term_run(struct term *term, char *const *argv, const char *banner);

#endif
