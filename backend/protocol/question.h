/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A question of the engine: what is asked, what may be answered. docs/engine-protocol.md lists names and types. */
#ifndef LIFEBOAT_PROTOCOL_QUESTION_H
#define LIFEBOAT_PROTOCOL_QUESTION_H

#include <stdbool.h>

#include <jansson.h>

#include "../core/macro.h"

struct question {
	const char *name, *type, *title; /* static */
	char *text;              /* owned */
	json_t *options;         /* owned; NULL: none */
	json_t *preset;          /* the default, owned; NULL: there is none */
	bool certain;            /* the engine would take the default itself */
	char *reason;            /* why it is not certain; owned, may be NULL */
	json_t *data;            /* owned; NULL: none */
	bool secret;             /* of type "text": the answer is for the engine alone; there is no default */
	bool back, rescan;       /* whether these requests are taken */
};

/* Adds an option; REASON says why it cannot be chosen, NULL: it can. DETAIL may be NULL. 0 or -ENOMEM. */
int question_option(struct question *question, const char *value, const char *text, const char *detail, const char *reason);
/* Adds a member to data; VALUE is stolen. 0 or -ENOMEM. */
int question_data(struct question *question, const char *key, json_t *value);
/* The event; new reference, NULL when out of memory. */
json_t *question_event(const struct question *question, int id);
/* NULL when VALUE is a valid answer, else one sentence (static). */
const char *question_refusal(const struct question *question, json_t *value);
void question_done(struct question *question);
#define AUTO_QUESTION CLEANUP(question_done)

#endif
