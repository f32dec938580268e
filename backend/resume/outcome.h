/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a session ends in: its state, the sentences and the list that go with it, and what was found out on the way there. What a restore
 * knew before it was interrupted is kept in its journal (results.h).
 */
#ifndef LIFEBOAT_RESUME_OUTCOME_H
#define LIFEBOAT_RESUME_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>

#include "../core/macro.h"
#include "../finish/finish.h"
#include "end_state.h"

struct outcome {
	enum end_state end;          /* END_NONE: not known yet */
	char *reason;                /* sentences of the end; NULL: none */
	char **list;                 /* its lines, NULL-ended */
	size_t list_count;
	size_t list_lost;            /* lines for which there was no room */
	bool extracted;              /* every file is on the tree */
	bool verified;               /* the comparison was made */
	struct finish_result finish; /* what came of making the system bootable */
	int compared;                /* exit status of compare mode */
	bool again;                  /* the machine carries this set already; it was left alone */
	bool local_boot;             /* the local system's kernel is loaded; pid 1 can start it */
	const char *log_kept;        /* the log's path on the new system; NULL: it was not copied there */
};

/* The session will end as END with this sentence, unless an end was set before. */
void outcome_end(struct outcome *outcome, enum end_state end, const char *format, ...) PRINTF_LIKE(3, 4);
/* Adds a line to the list. */
void outcome_list(struct outcome *outcome, const char *format, ...) PRINTF_LIKE(2, 3);
/* Adds LINES (NULL-ended, or NULL). */
void outcome_list_all(struct outcome *outcome, char *const *lines);
/* Drops the lines behind the first COUNT of the list, and of those for which there was no room all but LOST. */
void outcome_unlist(struct outcome *outcome, size_t count, size_t lost);
/* Drops end, sentences and list. */
void outcome_clear_end(struct outcome *outcome);
/* Releases what it owns; nothing is known again. */
void outcome_forget(struct outcome *outcome);

#endif
