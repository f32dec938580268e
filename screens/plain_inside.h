/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of the plain front end: its state, and what its parts call of each other. Only screens/plain*.c include it.
 */
#ifndef LIFEBOAT_SCREENS_PLAIN_INSIDE_H
#define LIFEBOAT_SCREENS_PLAIN_INSIDE_H

#include "ask.h"
#include "plain.h"
#include "plain_echo.h"
#include "plain_menu.h"
#include "plain_print.h"

#define LINE_LIMIT 4096

struct plain {
	const struct plain_options *options;
	struct client *client;
	struct model model;
	struct print_state printed;
	struct ask ask;
	struct menu menu;        /* what this front end asks by itself meanwhile */
	json_t *answers;         /* those of the options, or what was read from their path */
	json_t *given;           /* how often each answer of theirs was given in this session: "question=answer" to a number */
	int asked;               /* id of the question that is on the screen; 0: none */
	bool said; /* it was answered, or something was asked of the engine; what comes of it is awaited */
	struct echo echo;
	int signal_fd;
	unsigned signals;
	char line[LINE_LIMIT];
	size_t length;
	bool ended_input;        /* standard input is at its end */
	bool leave;
	int status;
};

/* Prints a sentence on lines of its own. */
void plain_say(struct plain *plain, const char *text);
/* Asks for a line: what the menu or the open question wants. */
void plain_prompt(struct plain *plain);
/* Answers the open question with VALUE (stolen). */
void plain_send_value(struct plain *plain, json_t *value);
void plain_request(struct plain *plain, const char *name);
/* Stops the restore, or only leaves where it is another's. */
void plain_stop(struct plain *plain);

/* Takes a line that was typed: an answer, a command, a choice of the menu. TEXT is changed. */
void plain_take_line(struct plain *plain, char *text);

#endif
