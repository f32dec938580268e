/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The engine's session: walks the phase table, asks questions, restores, ends in one of four end states. It is a process of
 * its own; front ends attach over a SOCK_SEQPACKET socket, get the present state and then every event, and answer questions;
 * the first answer wins. docs/engine-protocol.md describes the messages.
 */
#ifndef LIFEBOAT_SESSION_SESSION_H
#define LIFEBOAT_SESSION_SESSION_H

#include <stdatomic.h>

#include "../machine/cmdline.h"
#include "../resume/end_state.h"

/* What a policy does with a question. */
enum policy {
	POLICY_ASK,              /* a person answers; waits as long as it takes */
	POLICY_CERTAIN,          /* the default is taken when the engine is certain of it, else asked */
	POLICY_CERTAIN_OR_END,   /* the default is taken when the engine is certain of it, else the session ends: not restored */
};

struct policy_row {
	const char *question;    /* name of the question; "*" is the last row: all others */
	enum policy by_mode[MODE_COUNT];
};

struct session_options {
	const char *socket;      /* path to listen on; NULL: none */
	int front_end_fd;        /* an already connected front end (socketpair), or -1 */
	const struct policy_row *policy;
	struct cmdline cmdline;  /* borrowed */
	json_t *wishes;          /* changes of the plan (wishes.h), borrowed; NULL: none */
	bool rescue;             /* booted from rescue media: all phases; false: on a running system, from the manifest phase on */
	const char *root;        /* where the new system is mounted; NULL: /run/lifeboat/target */
	const char *log;         /* path of the log file; NULL: none */
	const char *const *devices; /* loop devices that count as disks, NULL-ended; NULL: none */
	atomic_bool *told_to_end; /* set, then the work cancelled: the session ends and asks nothing more; NULL: nobody does */
	int *status;             /* gets the exit status, also that of a comparison; NULL: not wanted */
	const char *state;       /* directory for plan, checkpoint and README; NULL: /run/lifeboat in a rescue, else none */
};

/* Runs the session to its end. The end state; its exit status by end_state_status(). */
enum end_state session_run(struct context *ctx, const struct session_options *options);

#endif
