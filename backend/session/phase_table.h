/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of the phase table (session.c): each carries out one phase, as walk.h says of struct phase. */
#ifndef LIFEBOAT_SESSION_PHASE_TABLE_H
#define LIFEBOAT_SESSION_PHASE_TABLE_H

#include "session_state.h"

int phase_early(struct session *session);
int phase_essential_modules(struct session *session);
int phase_network(struct session *session);
int phase_media(struct session *session);
int phase_tools(struct session *session);
int phase_all_modules(struct session *session);
int phase_subsystems(struct session *session);
int phase_mode(struct session *session);
int phase_expert(struct session *session);
int phase_manifest(struct session *session);
int phase_plan(struct session *session);
int phase_confirm(struct session *session);
int phase_disks(struct session *session);
int phase_extract(struct session *session);
int phase_boot(struct session *session);
int phase_verify(struct session *session);
int phase_compare(struct session *session);
int phase_finish(struct session *session);

#endif
