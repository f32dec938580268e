/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of the session: its state, the table of phases it walks, and what a phase may call. Only backend/session/ includes it.
 * docs/phases.md draws the machine.
 */
#ifndef LIFEBOAT_SESSION_PHASES_H
#define LIFEBOAT_SESSION_PHASES_H

#include <stdatomic.h>
#include <time.h>

#include "../finish/finish.h"
#include "../plan/plan.h"
#include "../media/media.h"
#include "../media/medium.h"
#include "../restore/extract.h"
#include "../set/set.h"
#include "../resume/checkpoint.h"
#include "../resume/outcome.h"
#include "../resume/run.h"
#include "../protocol/question.h"
#include "../protocol/server.h"
#include "session.h"
#include "session_log.h"
#include "walk.h"

struct content_check;
struct set_check;

/* What is here. */
struct found {
	struct media media;
	char *media_problem;     /* why looking for media failed; NULL: it did not */
	char **missing;          /* devices without driver or firmware, for people */
	char **protected_disks;  /* kernel names: what the set lies on is never written */
};

/* What was chosen: by people, the command line or the policy. */
struct choices {
	enum mode mode;
	bool ask_mode;           /* the mode is asked even when the command line gave one: somebody stopped that */
	struct set *set;
	struct set_check *check; /* reads the set meanwhile; NULL: done, or never begun */
	char stamp[DIGEST_HEX];  /* set_stamp() of what was checked; "": nothing was, to its end */
	struct medium medium;    /* that the set lies on */
	bool salvage;            /* what is damaged in the set is left out: the operator's word */
	struct plan *plan;
	bool plan_is_certain;    /* the engine itself was certain of the disks: nobody chose others */
	char **agreed;           /* ids of present disks whose erasing was agreed to in this plan */
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
	struct session_log log;
	int root_lock;           /* on a running system: root is this session's (remains.h); -1: not taken */
	double started, waited;  /* monotonic; how long for people, in seconds */
	int question_id;
	atomic_bool ended;
	atomic_int leave;        /* enum after: somebody asked to reboot or power off; AFTER_DEFAULT: nobody did */

	struct walk walk;
	struct found found;
	struct choices chosen;
	struct restarted restarted; /* what came from an engine that crashed */
	struct restore_run run;
	struct outcome outcome;

	/* The target disks. */
	atomic_bool writing;     /* one may have been written */
	char **touched;          /* how people know the disks that were written; filled when writing begins */
	bool mounted;            /* the new filesystems are mounted below root */
	struct content_check *contents; /* of the new system, begun while it is made bootable; NULL: none */
};

/* What a phase calls. */

/* Whether the engine was told to end, as by a signal. */
bool session_is_told_to_end(const struct session *session);
/* How long the session has worked: without the time in which people were waited for. */
double session_worked_s(const struct session *session);
/* The phase had nothing to do, because of the reason (printf-like). Returns 0, to be returned. */
int session_skip(struct session *session, const char *format, ...) PRINTF_LIKE(2, 3);
/* What came of the phase, in a few words. */
int session_note(struct session *session, const char *format, ...) PRINTF_LIKE(2, 3);
/* The walk continues with the phase NAME (static) when this one returns 0. Later phases become waiting again. Returns 0. */
int session_jump(struct session *session, const char *name);
/* Walks on with another mode. */
void session_set_mode(struct session *session, enum mode mode);
/* Publishes {"event": NAME, NAME: VALUE}; VALUE is stolen. */
void session_publish(struct session *session, const char *name, json_t *value);
/* What is restored, by which plan, and where: for resume/. */
struct restore_job session_job(const struct session *session);
/* Writes down how far the session came, for the case that the engine dies; where there is a state directory. 0 or -errno,
 * after a warning. */
int session_checkpoint(struct session *session);
/* Writes the README for a shell as things stand now, where there is a state directory. */
void session_readme(struct session *session);
/* The end of a session in which nothing came of what was asked for: not restored, or not compared. */
enum end_state end_state_of_failure(const struct session *session);
/* Writes TEXT as the file NAME of the state directory, if there is one; failing is only a warning. */
void session_write_file(struct session *session, const char *name, const char *text);

enum { ASK_ANSWERED = 1, ASK_BACK, ASK_RESCAN };
/* Puts the question, or takes the default as the policy says. ASK_ANSWERED with the value (new reference) in *RET; ASK_BACK or
 * ASK_RESCAN when that was asked for; -ECANCELED when the work was stopped, -ESHUTDOWN when the machine is to be turned off or around;
 * -EPERM with a sentence when nobody may be asked and the engine is not certain; -EPIPE when nobody is left to ask. */
int session_ask(struct session *session, const struct question *question, json_t **ret);
/* The same for a choice or a text: copies the value. A secret's copy is its taker's to wipe (text_wipe()). */
int session_ask_choice(struct session *session, const struct question *question, char **ret);
/* Who sits at a front end, by its name: "console /dev/tty1" is "tty1". Borrowed from it. */
const char *session_person(const char *front_end);

/* Opens the question "expert": a front end runs a shell and answers when it has ended. As session_ask(). */
int session_ask_shell(struct session *session);

/* What the session does around the phases. */

/* Walks TABLE instead of the real one; for tests. */
enum end_state session_run_table(struct context *ctx, const struct session_options *options, const struct phase *table,
				 size_t count);
extern const struct phase session_phases[];
extern const size_t session_phase_count;
/* Publishes the end, asks what comes next and tells pid 1. True when the work is to begin again at the mode. */
bool session_conclude(struct session *session);
/* Puts the session back to where nothing was chosen yet. */
void session_forget_choices(struct session *session);

#endif
