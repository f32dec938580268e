/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network that a set on a server needs: set up, tried for a while where nobody is there, else a question. */
#ifndef LIFEBOAT_SESSION_NETWORK_QUESTION_H
#define LIFEBOAT_SESSION_NETWORK_QUESTION_H

#include "session_state.h"

/* The network as the command line, or a person, wants it. With PLACE, an address of a set on a server, else with ELSEWHERE, another address (both may
 * be NULL), that server is reached when this returns 1. 0: it is not, or nothing was wanted at all; what came of it is in *RET_NOTE (new; NULL:
 * nothing was wanted). -errno with a sentence: stopped, or nobody is there to ask. */
int session_network(struct session *session, const char *place, const char *elsewhere, char **ret_note);
/* The same for PLACE that a person typed: asks only where its server does not answer. 0, or -errno with a sentence. */
int session_network_for(struct session *session, const char *place);

#endif
