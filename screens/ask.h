/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A question asked in lines: printed as numbered choices with the default in brackets, and what was typed made into
 * a value. A map asks disk by disk. Knows nothing of where lines come from.
 */
#ifndef LIFEBOAT_SCREENS_ASK_H
#define LIFEBOAT_SCREENS_ASK_H

#include "model.h"

struct ask {
	json_t *question;        /* owned */
	json_t *map;             /* of a map question, what was chosen so far; of settings, what was typed so far; owned */
	size_t step;             /* of a map question: the source that is asked for */
};

enum ask_result {
	ASK_MORE,                /* another prompt */
	ASK_DONE,                /* a value is there */
	ASK_BAD,                 /* not understood: a sentence says why; the prompt comes again */
	ASK_NO,                  /* consent was refused */
};

void ask_begin(struct ask *ask, json_t *question);
void ask_done(struct ask *ask);
/* Prints what is asked (first time) and the prompt to OUT. */
void ask_print(const struct ask *ask, const struct model *model, FILE *out);
void ask_prompt(const struct ask *ask, FILE *out);
/* Takes a LINE without its end. ASK_DONE: *RET_VALUE is a new reference. ASK_BAD: *RET_WHY is borrowed. */
enum ask_result ask_line(struct ask *ask, const char *line, json_t **ret_value, const char **ret_why);

/* 1 for a word of yes or the beginning of one, in the reader's language or in English; 0 for no; -1 for anything else. */
int ask_yes_or_no(const char *line);

#endif
