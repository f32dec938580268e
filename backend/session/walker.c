/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "walker.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>

#include "../core/clock.h"
#include "../core/event.h"
#include "../core/file.h"
#include "../core/progress.h"
#include "../core/sentence.h"
#include "../core/version.h"
#include "../machine/kmsg.h"
#include "../notify/notifier.h"
#include "../protocol/client.h"
#include "../resume/remains.h"
#include "ask.h"
#include "end.h"
#include "session_state.h"

#define STATE_DIRECTORY "/run/lifeboat"

/* Of files open at once: unpacking and finishing hold the directories that they work in, whatever the set is. */
#define DESCRIPTORS_NEEDED 512

/* How long the end of the session is told again where the receiver is away: the machine restarts after that. */
#define END_TOLD_S 30.0
#define END_TOLD_SOON_S 3.0

/* ---- events ---- */

static void log_line(struct session *s, const char *level, const char *text)
{
	char stamp[RFC3339_SIZE];
	AUTO_FREE char *line = NULL;

	clock_rfc3339(time(NULL), stamp);
	line = text_format("%s %-7s %s\n", stamp, level, text);
	if (!line)
		return;
	if (s->cmdline->debug)
		fputs(line, stderr);
	/* A full or failing log must not stop a restore; front ends have the same lines. */
	if (session_log_write(&s->log, line))
		context_warn(s->ctx, "The log %s is incomplete from here on: %s", s->options->log, strerror(s->log.error));
}

static void session_event(void *data, json_t *event)
{
	struct session *s = data;
	const char *name = event_name(event);
	const char *text = json_string_value(json_object_get(event, "text"));

	if (!name)
		return;
	if (!strcmp(name, "log"))
		log_line(s, json_string_value(json_object_get(event, "level")), text ? text : "");
	server_publish(s->server, event);
	notifier_hear(s->notifier, event);
}

/* ---- walking ---- */

static size_t jump_to(struct session *s, const char *name)
{
	ssize_t target = walk_find(&s->walk, name);

	if (target < 0)
		return s->walk.count;
	for (size_t i = (size_t)target; i < s->walk.count; i++)
		if (s->walk.states[i] != PHASE_WAITING) {
			s->walk.states[i] = PHASE_WAITING;
			free(TAKE_POINTER(s->walk.texts[i]));
		}
	session_tell_state(s);
	return (size_t)target;
}

/* The phase I failed with ERROR: the phase to continue with; the number of phases ends the walk. */
static size_t after_failure(struct session *s, size_t i, int error)
{
	const struct phase *phase = s->walk.table + i;
	AUTO_FREE char *why = strdup(context_detail(s->ctx));
	ssize_t finish = walk_find(&s->walk, "finish"), mode = walk_find(&s->walk, "mode");

	session_set_phase(s, i, PHASE_FAILED, why && *why ? why : strerror(-error));
	if (!atomic_load(&s->writing) && atomic_load(&s->leave) != AFTER_DEFAULT) {
		outcome_end(&s->outcome, end_state_of_failure(s), "The machine was asked to restart or turn off");
		return s->walk.count;
	}
	if (error == -ECANCELED && !atomic_load(&s->writing) && s->options->rescue && !session_is_told_to_end(s) &&
	    mode >= 0) {
		atomic_store(&s->ctx->cancelled, false);
		s->chosen.ask_mode = true;
		session_set_mode(s, MODE_ASK);
		/* What is yet to be loaded and looked for before the question is wanted whatever the answer is. */
		return i < (size_t)mode ? i + 1 : jump_to(s, "mode");
	}
	if (s->outcome.extracted)
		outcome_end(&s->outcome, END_PARTIAL, "%s. The files are back, but they were not verified and the system may not start",
			    why && *why ? why : strerror(-error));
	else
		outcome_end(&s->outcome, end_state_of_failure(s), "%s", why && *why ? why : strerror(-error));
	/* The way out - keeping the log, unmounting - must work after a cancel too. */
	atomic_store(&s->ctx->cancelled, false);
	if (atomic_load(&s->writing) && strcmp(phase->name, "finish") && finish >= 0)
		return (size_t)finish;
	return s->walk.count;
}

static void walk(struct session *s, size_t i)
{
	int r;

	while (i < s->walk.count) {
		AUTO_SCOPE struct error_scope scope = { 0 };

		if (!session_walks(s, s->walk.table + i)) {
			i++;
			continue;
		}
		s->walk.current = i;
		s->walk.jump = NULL;
		s->walk.skip = false;
		free(TAKE_POINTER(s->walk.note));
		/* From the consent on, before anybody is told. */
		if (s->chosen.confirmed)
			session_checkpoint(s);
		session_set_phase(s, i, PHASE_RUNNING, NULL);
		/* A phase's error ends with it: the next one says its own. */
		scope = context_scope_begin(s->ctx);
		r = s->walk.table[i].run(s);
		if (r < 0) {
			i = after_failure(s, i, r);
			continue;
		}
		session_set_phase(s, i, s->walk.skip ? PHASE_SKIPPED : PHASE_DONE, s->walk.note);
		i = s->walk.jump ? jump_to(s, s->walk.jump) : i + 1;
	}
}

/* ---- around it ---- */

/* From the server's thread, while no question is open. */
static const char *session_urgent(void *data, const char *request, const char *by)
{
	struct session *s = data;

	if (atomic_load(&s->ended))
		return N_("The work has ended.");
	if (!strcmp(request, "cancel")) {
		context_cancel_by(s->ctx, session_person(by));
		return NULL;
	}
	if (!strcmp(request, "back") || !strcmp(request, "rescan") || !strcmp(request, "decline"))
		return N_("No question is open now.");
	if (!s->options->rescue)
		return N_("This is a running system: restart it or turn it off by its own means.");
	if (atomic_load(&s->writing))
		return N_("Disks are being written. Cancel first; the machine can be restarted when the work has stopped.");
	atomic_store(&s->leave, !strcmp(request, "reboot") ? AFTER_REBOOT : AFTER_POWEROFF);
	context_cancel(s->ctx);
	return NULL;
}

/* What an engine left that died before this one was started. */
static void take_over(struct session *s)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);

	/* One that died before it began to restore left no file, but may have mounted something. */
	if (!checkpoint_load(s->ctx, s->state, &s->restarted) && (!s->options->rescue || s->options->state))
		return;
	atomic_store(&s->writing, s->restarted.writing);
	s->touched = TAKE_POINTER(s->restarted.touched);
	s->network_kept = TAKE_POINTER(s->restarted.network);
	if (s->restarted.wishes)
		session_give_wishes(s, s->restarted.wishes);
	/* How long the work took counts from its beginning. */
	if (s->restarted.started > 0 && s->restarted.started < s->started) {
		s->started = s->restarted.started;
		s->waited = s->restarted.waited;
	}
	if (remains_clear(s->ctx, s->root, s->options->rescue) < 0)
		context_warn(s->ctx, "%s", context_detail(s->ctx));
	remains_unmount(s->ctx, MEDIA_DIRECTORY);
}

/* Too few would be found out when disks are erased already. */
static int check_descriptors(struct context *ctx)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= DESCRIPTORS_NEEDED)
		return 0;
	return context_fail(ctx, EMFILE, "A restore needs %d files open at once, and %llu are allowed; raise the limit (ulimit -n)",
			    DESCRIPTORS_NEEDED, (unsigned long long)limit.rlim_cur);
}

static int start(struct session *s)
{
	struct server_options options = { .socket = s->options->socket, .front_end_fd = s->options->front_end_fd,
					  .urgent = session_urgent, .data = s };
	int r = check_descriptors(s->ctx);

	if (r < 0)
		return r;
	if (s->state && (r = make_directories(s->state, 0755)) < 0)
		return context_fail(s->ctx, -r, "%s could not be made: %s", s->state, strerror(-r));
	if (s->options->log) {
		r = session_log_open(&s->log, s->options->log);
		if (r < 0)
			return context_fail(s->ctx, -r, "The log %s could not be opened: %s", s->options->log, strerror(-r));
	}
	return server_new(s->ctx, &options, &s->server);
}

/* That nobody can be told stops no restore: one that must not be begun without being told asks for that itself (once.h). */
static void start_telling(struct session *s)
{
	const struct notifier_options options = { .address = s->cmdline->notify, .every_s = s->cmdline->notify_every_s,
						  .bootif = s->cmdline->bootif, .once = s->cmdline->once };
	AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);
	int r = options.address ? notifier_new(s->ctx, &options, &s->notifier) : 0;

	/* On rescue media the phase of the network does it. */
	if (r == 0 && !s->options->rescue)
		r = notifier_start(s->notifier);
	if (r < 0)
		context_warn(s->ctx, "Nobody is told how this restore stands (lifeboat.notify=): %s", context_detail(s->ctx));
}

static void stop(struct session *s)
{
	notifier_finish(s->notifier, session_is_told_to_end(s) ? END_TOLD_SOON_S : END_TOLD_S);
	session_forget_choices(s);
	set_close(TAKE_POINTER(s->passing));
	json_decref(s->chosen.wishes);
	json_decref(s->chosen.unshared);
	json_decref(s->given_wishes);
	json_decref(s->network);
	json_decref(s->network_kept);
	media_release(s->ctx, &s->found.media);
	s->ctx->listener = NULL;
	server_free(s->server);
	notifier_free(s->notifier);
	strv_free(s->found.missing);
	strv_free(s->touched);
	run_done(&s->run);
	restarted_done(&s->restarted);
	walk_done(&s->walk);
	if (s->root_lock >= 0)
		close(s->root_lock);
	free(s->found.media_problem);
	strv_free(s->found.protected_disks);
	strv_free(s->found.released);
	progress_free(TAKE_POINTER(s->ctx->progress));
	session_log_close(&s->log);
}

enum end_state session_run_table(struct context *ctx, const struct session_options *options, const struct phase *table,
				 size_t count)
{
	struct session s = {
		.ctx = ctx, .options = options, .cmdline = &options->cmdline,
		.root = options->root ? options->root : STATE_DIRECTORY "/target", .chosen = { .mode = options->cmdline.mode },
		.state = options->state ? options->state : options->rescue ? STATE_DIRECTORY : NULL, .log = SESSION_LOG_NONE, .root_lock = -1,
		.run_from_memory = options->cmdline.ram,
		.started = clock_now(),
		/* An answer meant for an engine that crashed must not fit a question of the next one. */
		.question_id = (int)(getpid() % 1000000) * 1000,
	};
	event_listener listener = ctx->listener;
	void *listener_data = ctx->listener_data;
	struct progress *progress = ctx->progress;
	struct kmsg *kmsg = NULL;
	enum end_state end;
	json_t *hello = event_hello(LIFEBOAT_VERSION, ENGINE_PROTOCOL);

	run_init(&s.run);
	session_give_wishes(&s, options->wishes);
	ctx->progress = NULL;
	if (walk_init(&s.walk, table, count) < 0 || start(&s) < 0) {
		s.outcome.end = END_NOT_RESTORED;
	} else {
		server_publish(s.server, hello);
		ctx->listener_data = &s;
		ctx->listener = session_event;
		start_telling(&s);
		session_tell_state(&s);
		kmsg = options->rescue ? kmsg_start(ctx) : NULL;
		take_over(&s);
		walk(&s, 0);
		while (session_conclude(&s))
			/* What lacked a server is looked for again before anybody chooses. */
			walk(&s, jump_to(&s, s.network_lacks ? "network" : "mode"));
		kmsg_stop(kmsg);
	}
	json_decref(hello);
	end = s.outcome.end;
	if (options->status)
		*options->status = end == END_COMPARED ? s.outcome.compared : end_state_status(end);
	stop(&s);
	ctx->listener = listener;
	ctx->listener_data = listener_data;
	ctx->progress = progress;
	return end;
}
