/* Inside of the session: its state, the table of phases it walks, and what a phase may call. Only backend/session/ and backend/resume/ include it.
 * docs/phases.md draws the machine.
 */
#ifndef LIFEBOAT_SESSION_PHASES_H
#define LIFEBOAT_SESSION_PHASES_H

#include <stdatomic.h>
#include <time.h>

#include "../finish/finish.h"
#include "../plan/plan.h"
#include "../media/media.h"
#include "../restore/extract.h"
#include "../set/set.h"
#include "../resume/journal.h"
#include "../protocol/question.h"
#include "../protocol/server.h"
#include "session.h"
#include "session_log.h"

struct session;
struct set_check;

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

struct session {
	struct context *ctx;
	const struct session_options *options;
	const struct cmdline *cmdline;
	const char *root;        /* where the new system is mounted */
	const char *state;       /* directory of plan, checkpoint and README; NULL: none are kept */
	struct server *server;
	struct session_log log;
	int root_lock;           /* on a running system: root is this session's (remains.h); -1: not taken */
	enum mode mode;
	bool ask_mode;           /* the mode is asked even when the command line gave one: somebody stopped that */
	double started, waited;  /* monotonic; how long for people, in seconds */

	const struct phase *table;
	size_t phase_count;
	enum phase_state *states;
	char **texts;            /* what came of each phase; entries may be NULL */
	size_t current;
	const char *jump;        /* phase to go on with instead of the next */
	bool skip;
	char *note;

	int question_id;
	atomic_bool writing;     /* a target disk may have been written */
	atomic_bool ended;
	atomic_int leave;        /* enum after: somebody asked to reboot or power off; AFTER_DEFAULT: nobody did */

	struct media media;
	char *media_problem;     /* why looking for media failed; NULL: it did not */
	struct set *set;
	struct set_check *check; /* reads the set meanwhile; NULL: done, or never begun */
	bool salvage;            /* what is damaged in the set is left out: the operator's word */
	char **missing;          /* devices without driver or firmware, for people */
	bool restarted;          /* the engine crashed before and was started again */
	bool resume_asked;       /* whether its restore is resumed was asked */
	unsigned crashes;        /* how often, in this restore */
	char *restarted_phase, *restarted_set; /* in which phase, with the set of which id; NULL: not known */
	enum mode restarted_mode;
	char *restarted_consent; /* what was agreed to then (checkpoint_consent()); NULL: nothing */
	json_t *restarted_map;   /* which disks were agreed to be erased then (checkpoint_map()); NULL: none */
	char **protected_disks;  /* kernel names */
	struct plan *plan;
	bool plan_is_certain;    /* the engine itself was certain of the disks: nobody chose others */
	char **agreed;           /* ids of present disks whose erasing was agreed to in this plan */
	unsigned actions_done;   /* destructive ones */
	char **touched;          /* how people know the disks that were written; filled when writing begins */

	struct journal *journal; /* while files are extracted; NULL where none is kept */
	char *run;               /* random name of the restore that the disks hold; NULL until they were made */
	enum restore_stage resumed; /* where the restore is resumed, when plan->resumes */
	json_t *results;         /* what the journal says of earlier stages (results.h); NULL: nothing yet */
	time_t boot_begun;       /* when the boot phase that was interrupted began; resumed there */
	bool resuming;           /* a person, or nuke mode, chose to resume what a crashed engine did: certain answers are taken */
	bool start_over;         /* a person chose to begin again after a crash: nothing is resumed */
	bool noted;              /* journal and notes are kept beyond the extract phase */
	char **late;             /* ids of present disks with an unfinished restore that may have been started: it had all its files */

	pthread_mutex_t segments_lock; /* guards the next one; workers end segments at any time */
	bool *segments;          /* the finished ones, by place in the manifest's table; NULL: none */

	struct finish_result finish;
	bool extracted;          /* every file is on the tree */
	bool verified;           /* the comparison was made */
	bool local_boot;         /* the local system's kernel is loaded; pid 1 can start it */
	bool again;              /* the machine carries this set already; it was left alone */
	bool mounted;            /* the new filesystems are mounted below root */
	const char *log_kept;    /* the log's path on the new system; NULL: it was not copied there */
	enum end_state end;
	int compared;            /* exit status of compare mode */
	char *reason;            /* sentences of the end */
	char **list;             /* its lines */
	size_t list_count;
	enum after after;        /* what the end leads to */
};

/* What a phase calls. */

/* How long the session has worked: without the time in which people were waited for. */
double session_worked_s(const struct session *session);
/* The phase had nothing to do, because of the reason (printf-like). Returns 0, to be returned. */
int session_skip(struct session *session, const char *format, ...) PRINTF_LIKE(2, 3);
/* What came of the phase, in a few words. */
int session_note(struct session *session, const char *format, ...) PRINTF_LIKE(2, 3);
/* Continues with the phase NAME (static) when this one returns 0. Later phases become waiting again. Returns 0. */
int session_jump(struct session *session, const char *name);
/* Walks on with another mode. */
void session_set_mode(struct session *session, enum mode mode);
/* Publishes {"event": NAME, NAME: VALUE}; VALUE is stolen. */
void session_publish(struct session *session, const char *name, json_t *value);
/* The session will end as END with this sentence unless an end was set before. */
void session_end(struct session *session, enum end_state end, const char *format, ...) PRINTF_LIKE(3, 4);
/* The end of a session in which nothing came of what was asked for: not restored, or not compared. */
enum end_state end_state_of_failure(const struct session *session);
/* Adds a line to the list of the end. */
void session_list(struct session *session, const char *format, ...) PRINTF_LIKE(2, 3);
/* Writes TEXT as the file NAME of the state directory, if there is one; failing is only a warning. */
void session_write_file(struct session *session, const char *name, const char *text);

enum { ASK_ANSWERED = 1, ASK_BACK, ASK_RESCAN };
/* Puts the question, or takes the default as the policy says. ASK_ANSWERED with the value (new reference) in *RET; ASK_BACK or
 * ASK_RESCAN when that was asked for; -ECANCELED when the work was stopped, -ESHUTDOWN when the machine is to be turned off or around;
 * -EPERM with a sentence when nobody may be asked and the engine is not certain; -EPIPE when nobody is left to ask. */
int session_ask(struct session *session, const struct question *question, json_t **ret);
/* The same for a choice: copies the value. */
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
