/* The phase that makes and mounts the filesystems, or resumes with those that an interrupted restore made. */
#include <errno.h>
#include <string.h>

#include "../core/progress.h"
#include "../resume/journal.h"
#include "phase_table.h"
#include "../resume/unfinished.h"

/* Mounts what an earlier run made, and learns which segments are on it. 0 or -errno; then nothing is mounted. */
static int take_up(struct session *s)
{
	const struct restore_job job = session_job(s);
	int r = plan_run(s->ctx, s->chosen.plan);

	if (r < 0)
		return r;
	r = journal_read(&job, &s->run, &s->outcome);
	if (r == 0)
		return 0;
	/* What keeps the disks busy is told when they are erased. */
	if (plan_unmount(s->ctx, s->chosen.plan) < 0)
		context_warn(s->ctx, "Something of the unfinished restore could not be unmounted below %s", s->root);
	return r;
}

static int make_disks(struct session *s)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);
	int r;

	run_forget(&s->run);
	if (s->chosen.plan->resumes) {
		r = take_up(s);
		if (r == 0 || r == -ECANCELED)
			return context_scope_keep(&scope, r);
		if (!session_may_erase_late(s))
			return context_scope_keep(&scope, context_reword(s->ctx, EPERM, "The interrupted restore cannot be resumed: %s. " ERASE_LATE,
									 context_detail(s->ctx)));
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

/* From now on nobody may say that nothing was written, this engine or the next one. What there is no memory to keep for it is not begun. */
static int note_writing(void *data, const struct plan *plan)
{
	struct session *s = data;
	bool news = !atomic_exchange(&s->writing, true);

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

int phase_disks(struct session *s)
{
	bool before = atomic_load(&s->writing);
	int r;

	s->chosen.resuming = false;
	s->chosen.plan->before_write = note_writing;
	s->chosen.plan->before_write_data = s;
	progress_begin(s->ctx, "disks", 0, 0);
	r = make_disks(s);
	if (r == 0) {
		atomic_store(&s->writing, true);
		s->mounted = true;
		note_unfinished(s);
		progress_end(s->ctx);
		return s->chosen.plan->resumes ? session_note(s, "resumed in the phase '%s'", stage_name(s->run.resumed))
					 : session_note(s, s->chosen.plan->count == 1 ? "%zu step done" : "%zu steps done", s->chosen.plan->count);
	}
	/* A disk that was not recognised, or a stop before the first step, leaves everything as it was. */
	if (!before && !s->chosen.plan->written) {
		atomic_store(&s->writing, false);
		s->touched = strv_free(s->touched);
	}
	return r;
}
