/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The walk through a table of phases: where it is, and what came of each phase. */
#ifndef LIFEBOAT_SESSION_WALK_H
#define LIFEBOAT_SESSION_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "../machine/cmdline.h"

struct session;

#define MODE_BIT(mode) (1u << (mode))
#define MODES_RESTORE (MODE_BIT(MODE_INTERACTIVE) | MODE_BIT(MODE_NUKE))
#define MODES_ALL (MODE_BIT(MODE_ASK) | MODES_RESTORE | MODE_BIT(MODE_EXPERT) | MODE_BIT(MODE_COMPARE))

struct phase {
	const char *name, *title;
	unsigned modes;          /* MODE_BIT()s in which it is walked */
	bool rescue_only;        /* not on a running system */
	/* 0, or -errno with a sentence in the context. May call session_skip(), session_note() and session_jump(). */
	int (*run)(struct session *session);
};

enum phase_state { PHASE_WAITING, PHASE_RUNNING, PHASE_DONE, PHASE_SKIPPED, PHASE_FAILED };

struct walk {
	const struct phase *table;
	size_t count;
	enum phase_state *states;
	char **texts;            /* what came of each phase; entries may be NULL */
	size_t current;

	/* What the phase that runs says of itself. */
	const char *jump;        /* phase to continue with instead of the next */
	bool skip;               /* it had nothing to do */
	char *note;
};

/* Makes room for COUNT phases of TABLE, which is borrowed. 0 or -ENOMEM. */
int walk_init(struct walk *walk, const struct phase *table, size_t count);
void walk_done(struct walk *walk);
/* Place of the phase NAME; -1: there is none. */
ssize_t walk_find(const struct walk *walk, const char *name);
/* "waiting", "running", "done", "skipped", "failed". */
const char *phase_state_name(enum phase_state state);

#endif
