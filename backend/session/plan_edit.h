/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The question "edit": the operator changes the plan, and sees at once what comes of it. */
#ifndef LIFEBOAT_SESSION_PLAN_EDIT_H
#define LIFEBOAT_SESSION_PLAN_EDIT_H

#include "session_state.h"

/* Asks until the operator is done; then the session's plan is made with the changes. 0 or more: the plan is there, changed or not;
 * ASK_RESCAN: the changes hold, and need other disks, which are to be chosen; -errno; or session->walk.jump is set. */
MUST_CHECK int plan_edit_ask(struct session *session);

#endif
