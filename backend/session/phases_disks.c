/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The phase that makes and mounts the filesystems, or resumes with those that an interrupted restore made. */
#include <errno.h>
#include <string.h>

#include "../core/progress.h"
#include "../resume/journal.h"
#include "../resume/unfinished.h"
#include "checked_set.h"
#include "once.h"
#include "phase_table.h"
#include "resume.h"

/* Settings typed before the interruption, and kept for the restored machine: unless this time others were typed. */
static void take_network(struct session *s)
{
	if (s->network || s->network_kept || !s->run.network)
		return;
	s->network_kept = json_incref(s->run.network);
	context_info(s->ctx, "The network settings that were typed before the interruption are kept for the restored machine");
}

/* Mounts what an earlier run made, and learns which segments are on it. 0 or -errno; then nothing is mounted. */
static int take_up(struct session *s)
{
	const struct restore_job job = session_job(s);
	int r = plan_run(s->ctx, s->chosen.plan);

	if (r < 0)
		return r;
	r = journal_read(&job, &s->run, &s->outcome);
	if (r == 0) {
		take_network(s);
		return 0;
	}
	/* What keeps the disks busy is told when they are erased. */
	if (plan_unmount(s->ctx, s->chosen.plan) < 0)
		context_warn(s->ctx, "Something of the unfinished restore could not be unmounted below %s", s->root);
	return r;
}

/* What happens just before a write. */
struct first_write {
	struct session *session;
	bool looked;             /* the set was there, and so the disks are worth erasing */
	int error;               /* it was not, and nothing was written: -errno */
	bool refused;            /* this start of the machine may not restore: nothing was written */
	char *why;               /* the sentence for it, without that of the plan around it */
};

static int make_disks(struct session *s, struct first_write *first)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);
	int r;

	first->looked = false;
	first->error = 0;
	run_forget(&s->run);
	if (s->chosen.plan->resumes) {
		r = take_up(s);
		if (r == 0 || r == -ECANCELED || first->error < 0 || first->refused)
			return context_scope_keep(&scope, r);
		if (!session_may_erase_late(s))
			return context_scope_keep(&scope, context_reword(s->ctx, EPERM, "The interrupted restore cannot be resumed: %s. %s",
									 context_detail(s->ctx), sentence_words(session_erases_not_late(s))));
		context_warn(s->ctx, "The interrupted restore cannot be resumed, everything is erased and restored again: %s", context_detail(s->ctx));
		context_scope_end(&scope);
		s->chosen.plan->resumes = s->chosen.plan->complete = false;
		/* What a journal said that was not good enough. */
		outcome_forget(&s->outcome);
		run_forget(&s->run);
	}
	context_scope_end(&scope);
	s->run.resumed = STAGE_EXTRACT;
	run_begin(&s->run);
	return plan_run(s->ctx, s->chosen.plan);
}

/* Where a restore is resumed that came further, the notes of that stay. */
static void note_unfinished(struct session *s)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);
	const struct restore_job job = session_job(s);
	int r = s->chosen.plan->resumes && s->run.resumed > STAGE_EXTRACT ? unfinished_take_up(&job)
									  : unfinished_mark(&job, &s->run, STAGE_EXTRACT);

	if (r < 0)
		context_warn(s->ctx, "It could not be noted that this restore is unfinished (%s): if it is interrupted, an unattended "
			     "run will not begin it again by itself", strerror(-r));
}

/* What was checked is what will be read, or the disk stays as it is. From now on nobody may say that nothing was written, this engine or the
 * next one. What there is no memory to keep for it is not begun. */
static int before_write(void *data, const struct plan *plan)
{
	struct first_write *first = data;
	struct session *s = first->session;
	bool news;
	int r;

	if (!first->looked) {
		first->error = media_look(s);
		if (first->error < 0) {
			free(first->why);
			first->why = strdup(context_detail(s->ctx));
			return first->error;
		}
		r = once_take(s);
		if (r < 0) {
			first->refused = true;
			free(first->why);
			first->why = strdup(context_detail(s->ctx));
			return r;
		}
		first->looked = true;
	}
	news = !atomic_exchange(&s->writing, true);
	for (size_t i = 0; i < plan->disk_count; i++) {
		const struct plan_disk *disk = &plan->disks[i];

		if (!disk->touched || strv_contains(s->touched, disk->name))
			continue;
		if (strv_append(&s->touched, disk->name) < 0)
			return context_oom(s->ctx);
		news = true;
	}
	return news && session_checkpoint(s) == -ENOMEM ? context_oom(s->ctx) : 0;
}

/* The set was not there just before the first write, or not as it was checked. 1: it is now; 0: it was given up, or another one is to be chosen;
 * -errno. */
static int regain_set(struct session *s, const struct first_write *first, struct media_patience *patience)
{
	int r = context_reword(s->ctx, -first->error, "%s", first->why ? first->why : strerror(-first->error));

	r = media_regain(s, r, patience);
	if (r != 1)
		return r;
	r = session_check_set(s, true);
	return r == 0 ? 1 : r == 1 ? 0 : r;
}

/* A disk that was not recognised, or a stop before the first step, leaves everything as it was. */
static void forget_writing(struct session *s, bool before)
{
	if (before || s->chosen.plan->written)
		return;
	atomic_store(&s->writing, false);
	s->touched = strv_free(s->touched);
}

/* As make_disks(), once the set is there. 1: another set is to be chosen. */
static int write_disks(struct session *s)
{
	struct first_write first = { .session = s };
	struct media_patience patience = { 0 };
	bool before = atomic_load(&s->writing);
	int r, again = 1;

	s->chosen.plan->before_write = before_write;
	s->chosen.plan->before_write_data = &first;
	do {
		progress_begin(s->ctx, "disks", 0, 0);
		r = make_disks(s, &first);
		if (r < 0)
			forget_writing(s, before);
		again = r < 0 && first.error < 0 && r != -ECANCELED && r != -ENOMEM ? regain_set(s, &first, &patience) : 0;
	} while (again == 1);
	if (first.refused && r < 0 && first.why)
		r = context_reword(s->ctx, -r, "%s", first.why);
	free(first.why);
	if (s->chosen.plan)
		s->chosen.plan->before_write = NULL;
	return again < 0 ? again : s->walk.jump ? 1 : r;
}

int phase_disks(struct session *s)
{
	int r;

	s->chosen.resuming = false;
	r = write_disks(s);
	if (r != 0)
		return r < 0 ? r : 0;
	atomic_store(&s->writing, true);
	s->mounted = true;
	note_unfinished(s);
	progress_end(s->ctx);
	return s->chosen.plan->resumes ? session_note(s, "resumed in the phase '%s'", stage_name(s->run.resumed))
				 : session_note(s, PLURAL(s->chosen.plan->count, "%zu step done", "%zu steps done"), s->chosen.plan->count);
}
