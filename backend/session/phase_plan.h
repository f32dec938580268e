/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of the phase "plan": its two questions, and whether there is anything to restore. */
#ifndef LIFEBOAT_SESSION_PHASE_PLAN_H
#define LIFEBOAT_SESSION_PHASE_PLAN_H

#include "phases.h"

/* One round of the question "disks" (disks_question.c): ASK_ANSWERED with a map in *RET, ASK_BACK, ASK_RESCAN, -errno. PROBLEM: what was wrong
 * with the last answer, or NULL. */
MUST_CHECK int disks_question_ask(struct session *session, const struct layout *captured, const struct layout *present, const char *problem,
				  struct disk_map **ret);

/* The question "plan" about the session's plan (plan_question.c): ASK_ANSWERED: it is to be carried out; ASK_BACK; ASK_RESCAN; -errno; or
 * session->walk.jump is set. */
MUST_CHECK int plan_question_ask(struct session *session);
/* What is said of a plan that resumes at STAGE; to be translated. */
const char *plan_resume_words(enum restore_stage stage);

/* Whether this machine carries the session's very set, restored, and is left alone (already_restored.c): then that is the outcome. */
bool plan_is_restored_here(struct session *session, const struct layout *present);

#endif
