/* The phase that makes and mounts the filesystems, or goes on with those that a restore made which was cut off. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/random.h>

#include "../core/progress.h"
#include "checkpoint.h"
#include "journal.h"
#include "phase_table.h"
#include "unfinished.h"

static void forget_segments(struct session *s)
{
	pthread_mutex_lock(&s->segments_lock);
	free(TAKE_POINTER(s->segments));
	pthread_mutex_unlock(&s->segments_lock);
}

/* A new name for what is made on the disks now. Without one the restore cannot go on after it was cut off. */
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

static int make_disks(struct session *s)
{
	int r;

	forget_segments(s);
	if (s->plan->going_on) {
		r = take_up(s);
		if (r == 0 || r == -ECANCELED)
			return r;
		context_warn(s->ctx, "The unfinished restore cannot go on, everything is made anew: %s", context_detail(s->ctx));
		context_clear(s->ctx);
		s->plan->going_on = false;
	}
	begin_run(s);
	return plan_run(s->ctx, s->plan);
}

int phase_disks(struct session *s)
{
	bool before = atomic_load(&s->writing);
	int r;

	checkpoint_save(s);
	s->actions_done = 0;
	progress_begin(s->ctx, "disks", 0, 0);
	r = make_disks(s);
	if (r == 0) {
		atomic_store(&s->writing, true);
		s->mounted = true;
		unfinished_write(s);
		progress_end(s->ctx);
		return s->plan->going_on ? session_note(s, "an unfinished restore goes on")
					 : session_note(s, "%zu steps done", s->plan->count);
	}
	/* A disk that was not recognised, or a stop before the first step, leaves everything as it was. */
	if (!before && s->actions_done == 0 && (r == -ESTALE || r == -EBUSY || r == -ECANCELED)) {
		atomic_store(&s->writing, false);
		s->touched = strv_free(s->touched);
	}
	return r;
}
