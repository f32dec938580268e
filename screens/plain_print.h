/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events as lines: steps as they begin and end, warnings and errors, progress every few seconds or per cent,
 * actions, the end.
 */
#ifndef LIFEBOAT_SCREENS_PLAIN_PRINT_H
#define LIFEBOAT_SCREENS_PLAIN_PRINT_H

#include "model.h"

struct print_state {
	double printed_at;       /* monotonic seconds of the last progress line */
	double fraction;         /* it said */
	char *step;              /* it was about; owned */
	size_t running;          /* number of the step that was said to run; 0: none */
	char *failed;            /* why the step before failed, not said yet: the end may say it; owned */
	bool prompt;             /* a prompt stands at the end of the last line */
};

/* Prints EVENT to standard output when it is worth a line; MODEL has it already. */
void print_event(struct print_state *state, const struct model *model, json_t *event);
/* Goes to the start of a line. */
void print_line_end(struct print_state *state);
void print_done(struct print_state *state);

#endif
