/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The end of a session: its state, its words, and what comes next. */
#ifndef LIFEBOAT_SESSION_END_H
#define LIFEBOAT_SESSION_END_H

#include "session_state.h"

/* The end of a session in which nothing came of what was asked for: not restored, or not compared. */
enum end_state end_state_of_failure(const struct session *session);
/* Publishes the end, asks what comes next and tells pid 1. True when the work is to begin again at the mode. */
bool session_conclude(struct session *session);

#endif
