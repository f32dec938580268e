/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions: what the policy says of them, and waiting for an answer. */
#ifndef LIFEBOAT_SESSION_ASK_H
#define LIFEBOAT_SESSION_ASK_H

#include "../protocol/question.h"
#include "session_state.h"

enum { ASK_ANSWERED = 1, ASK_BACK, ASK_RESCAN, ASK_OVER };
/* Puts the question, or takes the default as the policy says. ASK_ANSWERED with the value (new reference) in *RET; ASK_BACK or
 * ASK_RESCAN when that was asked for; -ECANCELED when the work was stopped, -ESHUTDOWN when the machine is to be turned off or around;
 * -EPERM with a sentence when nobody may be asked and the engine is not certain; -EPIPE when nobody is left to ask. */
int session_ask(struct session *session, const struct question *question, json_t **ret);
/* The same for a choice or a text: copies the value. A secret's copy is its taker's to wipe (text_wipe()). */
int session_ask_choice(struct session *session, const struct question *question, char **ret);
/* The same of a choice that is wanted as long as IS_OVER, which is asked several times a second, says false: then ASK_OVER, and no person has
 * answered. By any thread, while nobody else asks. */
int session_ask_while(struct session *session, const struct question *question, bool (*is_over)(void *data), void *data, char **ret);
/* Who sits at a front end, by its name: "console /dev/tty1" is "tty1". Borrowed from it. */
const char *session_person(const char *front_end);

/* Opens the question "expert": a front end runs a shell and answers when it has ended. As session_ask(). */
int session_ask_shell(struct session *session);

#endif
