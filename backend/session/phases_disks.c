/* The phase that makes and mounts the filesystems, or resumes with those that an interrupted restore made. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/random.h>

#include "../core/progress.h"
#include "../resume/journal.h"
#include "phase_table.h"
#include "../resume/unfinished.h"

/* What an earlier restore is known to have done. */
static void forget_segments(struct session *s)
{
	pthread_mutex_lock(&s->segments_lock);
	free(TAKE_POINTER(s->segments));
	pthread_mutex_unlock(&s->segments_lock);
	json_decref(TAKE_POINTER(s->results));
	s->noted = false;
}

/* A new name for what is made on the disks now. Without one the restore cannot be resumed. */
static void begin_run(struct session *s)
{
	uint64_t random[2];

	free(TAKE_POINTER(s->run));
	if (getrandom(random, sizeof(random), 0) == sizeof(random))
		s->run = text_format("%016" PRIx64 "%016" PRIx64, random[0], random[1]);
}

/* Mounts what an earlier run made, and learns which segments are on it. 0 or -errno; then nothing is mounted. */
static int take_up(struct session *s)
{
	int r = plan_run(s->ctx, s->plan);

	if (r < 0)
		return r;
	r = journal_read(s);
	if (r == 0)
		return 0;
	/* What keeps the disks busy is told when they are erased. */
	if (plan_unmount(s->ctx, s->plan) < 0)
		context_warn(s->ctx, "Something of the unfinished restore could not be unmounted below %s", s->root);
	return r;
}

/* What a journal said of the end that was not good enough. */
static void forget_results(struct session *s)
{
	finish_result_done(&s->finish);
	s->list = strv_free(s->list);
	s->list_count = 0;
	s->end = END_NONE;
	free(TAKE_POINTER(s->reason));
	s->extracted = false;
	forget_segments(s);
}

static int make_disks(struct session *s)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);
	int r;

	forget_segments(s);
	if (s->plan->resumes) {
		r = take_up(s);
		if (r == 0 || r == -ECANCELED)
			return context_scope_keep(&scope, r);
		if (!session_may_erase_late(s))
			return context_scope_keep(&scope, context_reword(s->ctx, EPERM, "The interrupted restore cannot be resumed: %s. " ERASE_LATE,
									 context_detail(s->ctx)));
		context_warn(s->ctx, "The interrupted restore cannot be resumed, everything is erased and restored again: %s", context_detail(s->ctx));
		context_scope_end(&scope);
		s->plan->resumes = s->plan->complete = false;
		forget_results(s);
	}
	context_scope_end(&scope);
	s->resumed = STAGE_EXTRACT;
	begin_run(s);
	return plan_run(s->ctx, s->plan);
}

/* Where a restore is resumed that came further, the notes of that stay. */
static void note_unfinished(struct session *s)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);
	int r = s->plan->resumes && s->resumed > STAGE_EXTRACT ? unfinished_take_up(s) : unfinished_mark(s, STAGE_EXTRACT);

	if (r < 0)
		context_warn(s->ctx, "It could not be noted that this restore is unfinished (%s): if it is interrupted, an unattended "
			     "run will not begin it again by itself", strerror(-r));
}

int phase_disks(struct session *s)
{
	bool before = atomic_load(&s->writing);
	int r;

	s->resuming = false;
	s->actions_done = 0;
	progress_begin(s->ctx, "disks", 0, 0);
	r = make_disks(s);
	if (r == 0) {
		atomic_store(&s->writing, true);
		s->mounted = true;
		note_unfinished(s);
		progress_end(s->ctx);
		return s->plan->resumes ? session_note(s, "resumed in the phase '%s'", stage_name(s->resumed))
					 : session_note(s, s->plan->count == 1 ? "%zu step done" : "%zu steps done", s->plan->count);
	}
	/* A disk that was not recognised, or a stop before the first step, leaves everything as it was. */
	if (!before && s->actions_done == 0 && (r == -ESTALE || r == -EBUSY || r == -ECANCELED)) {
		atomic_store(&s->writing, false);
		s->touched = strv_free(s->touched);
	}
	return r;
}
