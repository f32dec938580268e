/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Walks a table of phases: starts a session, carries out one phase after another, and ends it. It knows none of them. */
#ifndef LIFEBOAT_SESSION_WALKER_H
#define LIFEBOAT_SESSION_WALKER_H

#include "session.h"
#include "walk.h"

/* Runs a session over TABLE to its end, as session_run(). */
enum end_state session_run_table(struct context *ctx, const struct session_options *options, const struct phase *table,
				 size_t count);

#endif
