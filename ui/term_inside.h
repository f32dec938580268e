/* SPDX-License-Identifier: GPL-3.0-or-later */
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
	int rows, columns;       /* newt draws for */
	struct form *top;        /* of the newt windows that are open; NULL: none */
	bool curses_up;          /* a live view has the lease */
	char *head_left, *head_right;
	int watch_fd;            /* -1: none */
	term_ready ready;
	void *ready_data;
	bool hangup;             /* seen; every view ends from now on */
	bool resized;            /* seen; term_resize() is due */
	bool stale;              /* the watch said so while no view was up: the next one ends at once */
};

/* Takes the signals that came in; VIEW_HANGUP or VIEW_CHANGED. Afterwards RESIZED may be set. */
enum view_end term_signals(struct term *term);
/* Starts newt again for the terminal's present size, with all forms as they stood; the lease must be newt's. Where the terminal is too
 * small that is said until it is not. */
void term_resize(struct term *term);
/* Takes down, or builds again, FORM and all beneath it. */
void form_take_down_all(struct form *form);
void form_build_all(struct form *form);
/* True when the terminal went away: looked at before anything reads from it. */
bool term_is_gone(struct term *term);
/* Calls the watch; VIEW_NEWS or VIEW_CHANGED. */
enum view_end term_news(struct term *term);
/* The lease: newt puts itself away, ncurses may start; and back. */
void term_lend(struct term *term);
void term_take_back(struct term *term);

#endif
