/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A machine that carries the session's set already, restored, is not restored again unasked: its own system is started. */
#ifndef LIFEBOAT_SESSION_ALREADY_RESTORED_H
#define LIFEBOAT_SESSION_ALREADY_RESTORED_H

#include "session_state.h"

/* Whether this machine carries the session's very set, restored, and is left alone: then that is the outcome. */
bool plan_is_restored_here(struct session *session, const struct layout *present);

#endif
