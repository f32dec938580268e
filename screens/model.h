/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a front end knows of the session: the engine's events, kept as the latest state. Neutral of how it is shown;
 * the console and the plain front end share it.
 */
#ifndef LIFEBOAT_SCREENS_MODEL_H
#define LIFEBOAT_SCREENS_MODEL_H

#include "../backend/client.h"
#include "../backend/messages.h"

struct model_phase {
	char *name, *title, *state, *text;
};

struct model_log {
	char *level, *text;
	double time;             /* seconds since the epoch */
};

struct model {
	char *mode;              /* "interactive", ...; "" while not known */
	bool rescue;             /* booted from rescue media */
	struct model_phase *phases;
	size_t phase_count;
	struct model_log *log;
	size_t log_count;
	unsigned log_trims;      /* how often lines went: the others have new numbers since */
	json_t *hardware, *sets, *plan, *progress, *action,
		*end;            /* the latest of each, or NULL; members as of the protocol */
	bool plan_is_cut;        /* the plan was too long for a message and lacks its tail */
	json_t *question;        /* the open one, or NULL */
	char *answered_by;       /* who answered the last question; NULL: nobody yet */
	char *refused;           /* why the last answer or request was not taken; NULL: it was */
};

void model_init(struct model *model);
void model_done(struct model *model);
/* Takes EVENT in (borrowed). Events and members that are not known, or of the wrong type, are skipped. */
void model_apply(struct model *model, json_t *event);

/* The engine is gone, and with it its question. */
void model_lose_engine(struct model *model);

/* Whether the session has come to where disks are written to. */
bool model_may_have_written(const struct model *model);

/* Id of the open question, 0 when there is none. */
int model_question_id(const struct model *model);
/* The phase that runs now, or NULL. */
const struct model_phase *model_running(const struct model *model);
/* Position from 1 of the running phase. */
size_t model_running_index(const struct model *model);

/* Members of JSON objects, safe for anything: "" for what is no text, 0 for what is no number, an empty array for
 * what is none. */
const char *member_text(json_t *object, const char *name);
double member_number(json_t *object, const char *name);
bool member_true(json_t *object, const char *name);
/* Borrowed array or NULL (json_array_size(NULL) is 0). */
json_t *member_array(json_t *object, const char *name);

#endif
