/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The state of a session: its parts, what front ends are told of it, and what is written down of it for a shell and for the next engine. Only
 * backend/session/ includes it. docs/phases.md draws the machine.
 */
#ifndef LIFEBOAT_SESSION_SESSION_STATE_H
#define LIFEBOAT_SESSION_SESSION_STATE_H

#include <stdatomic.h>
#include <time.h>

#include "../finish/finish.h"
#include "../media/media.h"
#include "../media/medium.h"
#include "../plan/plan.h"
#include "../protocol/question.h"
#include "../protocol/server.h"
#include "../restore/extract.h"
#include "../resume/checkpoint.h"
#include "../resume/outcome.h"
#include "../resume/run.h"
#include "../set/set.h"
#include "looked_keys.h"
#include "session.h"
#include "session_log.h"
#include "walk.h"

struct content_check;
struct notifier;
struct set_check;

/* In the state directory: the tools image that is mounted is in memory. */
#define TOOLS_IN_MEMORY "tools-in-memory"

/* What is here. */
struct found {
	struct media media;
	char *media_problem;     /* why looking for media failed; NULL: it did not */
	int media_error;         /* the same as -errno; 0: it did not */
	char **released;         /* kernel names of disks whose contents were copied into memory: they are protected no more */
	bool tools_on_medium;    /* the tools image in use lies on a medium */
	char **missing;          /* devices without driver or firmware, for people */
	char **protected_disks;  /* kernel names: what the set lies on is never written */
};

/* What was chosen: by people, the command line or the policy. */
struct choices {
	enum mode mode;
	bool ask_mode;           /* the mode is asked even when the command line gave one: a person stopped that */
	struct set *set;         /* owned, unless it is the session's passing one */
	struct set_check *check; /* reads the set meanwhile; NULL: done, or never begun */
	char stamp[DIGEST_HEX];  /* set_stamp() of what was checked; "": nothing was, to its end */
	struct medium medium;    /* that the set lies on */
	char **places;           /* servers that offer it; NULL: none does */
	bool salvage;            /* what is damaged in the set is left out: the operator's word */
	json_t *wishes;          /* how the plan is changed (wanted/wishes.h); owned, an object */
	json_t *unshared;        /* what they were before disks were chosen that share a target; owned; NULL: none do */
	bool once_taken;         /* the receiver allowed the entry that restores once, for this set */
	bool settled;            /* what they left open was decided by the disks that are here (plan/settle.h) */
	struct plan *plan;
	bool plan_is_certain;    /* the engine itself was certain of the disks: nobody chose others */
	struct looked_keys looked; /* what opened containers that were looked into */
	bool asked_inside;       /* a person was asked to open what may hold an interrupted restore: that happens once */
	char **confirmed;        /* ids of present disks whose erasing was confirmed in this plan */
	/* After a crash: */
	bool resume_asked;       /* whether the restore is resumed was asked */
	bool resuming;           /* a person, or nuke mode, chose to resume what a crashed engine did: certain answers are taken */
	bool start_over;         /* a person chose to begin again: nothing is resumed */
};

struct session {
	struct context *ctx;
	const struct session_options *options;
	const struct cmdline *cmdline;
	const char *root;        /* where the new system is mounted */
	const char *state;       /* directory of plan, checkpoint and README; NULL: none are kept */
	struct server *server;
	struct notifier *notifier; /* tells an address how the session stands; NULL: nobody is to be told */
	struct session_log log;
	int root_lock;           /* on a running system: root is this session's (remains.h); -1: not taken */
	double started, waited;  /* monotonic; how long for people, in seconds */
	int question_id;
	atomic_bool ended;
	atomic_int leave;        /* enum after: a request to reboot or power off; AFTER_DEFAULT: there was none */

	struct walk walk;
	json_t *network;         /* how a person set the network: the answer of the question "network"; owned; NULL: as the command line says */
	json_t *network_kept;    /* of that, what the restored machine is to have, too (network/kept.h); owned; NULL: nothing */
	bool network_lacks;      /* the server of the set was not reached */
	struct found found;
	struct set *passing;     /* the set that comes through a pipe, or from tapes, opened once; the chosen one is it, borrowed. NULL: none does */
	struct choices chosen;
	json_t *given_wishes;    /* what chosen.wishes begin as: of an option, an answers file, or an engine that crashed; owned, an object */
	struct restarted restarted; /* what came from an engine that crashed */
	struct restore_run run;
	struct outcome outcome;

	/* The target disks. */
	atomic_bool writing;     /* one may have been written */
	char **touched;          /* how people know the disks that were written; filled when writing begins */
	bool run_from_memory;    /* lifeboat.ram, or chosen at the console */
	bool mounted;            /* the new filesystems are mounted below root */
	struct content_check *contents; /* of the new system, begun while it is made bootable; NULL: none */
};

/* Whether the engine was told to end, as by a signal. */
bool session_is_told_to_end(const struct session *session);
/* How long the session has worked: without the time in which people were waited for. */
double session_worked_s(const struct session *session);

/* ---- what the phase that runs says of itself ---- */

/* The phase had nothing to do, because of the reason (printf-like). Returns 0, to be returned. */
int session_skip(struct session *session, const char *format, ...) PRINTF_LIKE(2, 3);
/* What came of the phase, in a few words. */
int session_note(struct session *session, const char *format, ...) PRINTF_LIKE(2, 3);
/* The walk continues with the phase NAME (static) when this one returns 0. Later phases become waiting again. Returns 0. */
int session_jump(struct session *session, const char *name);

/* ---- what front ends are told ---- */

/* Whether the present mode walks PHASE. */
bool session_walks(const struct session *session, const struct phase *phase);
/* Tells every front end mode and phases as they are now. */
void session_tell_state(struct session *session);
/* The one setter of a phase's state: of number I of the walk; TEXT, what came of it, may be NULL. */
void session_set_phase(struct session *session, size_t i, enum phase_state state, const char *text);
/* Walks on with another mode. */
void session_set_mode(struct session *s, enum mode mode);
/* Nobody need be there in nuke mode: then it is not waited without limit for who is to put in a tape or a disc (lifeboat.set-wait). */
void session_limit_waits(struct session *s, enum mode mode);
/* Publishes {"event": NAME, NAME: VALUE}; VALUE is stolen. */
void session_publish(struct session *session, const char *name, json_t *value);

/* ---- what is written down ---- */

/* What is restored, by which plan, and where: for resume/. */
struct restore_job session_job(const struct session *session);
/* Writes down how far the session came, for the case that the engine dies; where there is a state directory. 0 or -errno,
 * after a warning. */
int session_checkpoint(struct session *session);
/* Writes the README for a shell as things stand now, where there is a state directory. */
void session_readme(struct session *session);
/* Writes TEXT as the file NAME of the state directory, if there is one; failing is only a warning. */
void session_write_file(struct session *session, const char *name, const char *text);

/* What the plan is changed by as long as nobody says otherwise: WISHES (borrowed; NULL: nothing). */
void session_give_wishes(struct session *session, json_t *wishes);
/* Puts the session back to where nothing was chosen yet. */
void session_forget_choices(struct session *session);

#endif
