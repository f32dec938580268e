/* What the views of ui/ share of the terminal; not for others. */
#ifndef LIFEBOAT_UI_TERM_INSIDE_H
#define LIFEBOAT_UI_TERM_INSIDE_H

#include <signal.h>

#include "term.h"
#include "terminfo.h"

struct term {
	sigset_t signals_before;
	int signal_fd;
	int error_before;        /* what standard error was */
	struct terminfo terminfo;
	bool color;
	bool newt_up;
	int forms;               /* newt windows open */
	bool curses_up;          /* a live view has the lease */
	char *head_left, *head_right;
	int watch_fd;            /* -1: none */
	term_ready ready;
	void *ready_data;
	bool hangup;             /* seen; every view ends from now on */
	bool resized;            /* seen; every view ends until term_resize() */
};

/* Takes the signals that came in; VIEW_RESIZED, VIEW_HANGUP, or VIEW_CHANGED when it was none of them. */
enum view_end term_signals(struct term *term);
/* True when the terminal went away: looked at before anything reads from it. */
bool term_is_gone(struct term *term);
/* Calls the watch; VIEW_NEWS or VIEW_CHANGED. */
enum view_end term_news(struct term *term);
/* The lease: newt puts itself away, ncurses may start; and back. */
void term_lend(struct term *term);
void term_take_back(struct term *term);

#endif
