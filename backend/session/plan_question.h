/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The question "plan": what a person has to decide on before the target disks are confirmed. */
#ifndef LIFEBOAT_SESSION_PLAN_QUESTION_H
#define LIFEBOAT_SESSION_PLAN_QUESTION_H

#include "session_state.h"

/* The question "plan" about the session's plan: ASK_ANSWERED: it is to be carried out; ASK_BACK; ASK_RESCAN; -errno; or
 * session->walk.jump is set. */
MUST_CHECK int plan_question_ask(struct session *session);

#endif
