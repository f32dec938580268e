/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The question "disks": which disk of this machine each saved one is restored to. */
#ifndef LIFEBOAT_SESSION_DISKS_QUESTION_H
#define LIFEBOAT_SESSION_DISKS_QUESTION_H

#include "session_state.h"

/* One round of the question "disks": ASK_ANSWERED with a map in *RET, ASK_BACK, ASK_RESCAN, -errno. PROBLEM: what was wrong
 * with the last answer, or NULL. */
MUST_CHECK int disks_question_ask(struct session *session, const struct layout *captured, const struct layout *present, const char *problem,
				  struct disk_map **ret);

#endif
