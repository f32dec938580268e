/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The console: one front end on one terminal. It attaches to the engine, keeps the model, and shows the screen that
 * the session is at: the open question's, else the live view. Screens are functions in files of their own
 * (screen_NAME.c), found by a table.
 */
#ifndef LIFEBOAT_SCREENS_CONSOLE_H
#define LIFEBOAT_SCREENS_CONSOLE_H

#include "../ui/form.h"
#include "../ui/line.h"
#include "../ui/pager.h"
#include "model.h"

struct console_options {
	const char *socket;      /* NULL: ENGINE_SOCKET */
	const char *name;        /* as it introduces itself; NULL: "console on TTY" */
	bool joins;              /* attach: leaves when the session does; else waits for an engine for ever */
	bool log;                /* shows nothing but the log */
};

struct console {
	const struct console_options *options;
	struct term *term;
	struct client *client;   /* NULL: not attached */
	struct model model;
	int timer;               /* timerfd that ticks while there is no engine */
	bool attached_once;
	bool leave;              /* the operator wants out */
	int shown;               /* id of the question whose screen is up, 0: the live view */
	bool shown_attached;     /* whether there was an engine when that screen came up */
	int edit_row;            /* the line of the plan that is changed: the screen comes again after each change */
	int answered;            /* id of the question that was answered here and not acknowledged yet */
};

/* Runs until the terminal is gone, the operator leaves, or (when it joins) the session ends. The exit status. */
int console_main(const struct console_options *options);

/* True when the screen that is up no longer tells the session's state and must be left. */
bool console_is_stale(const struct console *console);

/* Brings the line at the top up to date. */
void console_head(struct console *console);

/* The keys that screens offer beside those that are everywhere. */
#define CONSOLE_BACK 1u      /* where the question takes it */
#define CONSOLE_RESCAN 2u    /* where the question takes it */
#define CONSOLE_CANCEL 4u    /* stop the work */
#define CONSOLE_CLOSE 8u     /* leave this view, without a word to the engine */

enum console_key {
	KEY_ID_HELP = 1,
	KEY_ID_SHELL,
	KEY_ID_LOG,
	KEY_ID_HARDWARE,
	KEY_ID_RESCAN,
	KEY_ID_CANCEL,
	KEY_ID_QUIT,
	KEY_ID_BACK,
	KEY_ID_CLOSE,
	KEY_ID_DETAIL,
};

/* Fills KEYS (room for KEYS_MAX) with those every screen has and the OFFERED ones; how many. */
size_t console_keys(struct console *console, unsigned offered, struct key *keys);
/* Does what the key stands for. VIEW_CHANGED: the view continues; else the view must be left. CLOSE and what it does
 * not know: VIEW_KEY. HELP: text for the help key, translated; the KEYS are listed after it. */
enum view_end console_press(struct console *console, int id, const struct key *keys, size_t count, const char *help);
/* Runs a form with the keys; help, shell, log and the others are served on the way. VIEW_CHOICE with the button in
 * *RET, VIEW_KEY only for KEY_ID_CLOSE; anything else: the screen returns it. */
enum view_end console_form(struct console *console, struct form *form, unsigned offered, const char *help, int *ret);

/* Answers the open question with VALUE (stolen). VIEW_NEWS. */
enum view_end console_answer(struct console *console, json_t *value);
enum view_end console_request(struct console *console, const char *request);

/* Views over whatever is there; VIEW_CHANGED when they were closed. HELP is about the screen whose KEYS are listed after it. */
enum view_end console_show_help(struct console *console, const struct key *keys, size_t count, const char *help);
enum view_end console_show_lines(struct console *console, const char *title, const struct pager_source *source);
enum view_end console_show_log(struct console *console, bool closes);
enum view_end console_show_hardware(struct console *console);
/* What pagers say by themselves; EMPTY: in place of lines. */
struct pager_texts console_pager_texts(const char *empty);
enum view_end console_run_shell(struct console *console, const char *banner);

#endif
