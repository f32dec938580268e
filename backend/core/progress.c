/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "progress.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "bytes.h"
#include "clock.h"
#include "event.h"

#define EVENT_INTERVAL_S 0.2
/* How long it may be silent while nothing moves. */
#define SILENCE_S 1.0
/* Without a byte for this long, the side that is waited for is named. */
#define STALL_S 5.0
/* The rate is an average over about this long. */
#define RATE_WINDOW_S 8.0

/* Their order is the model's. */
struct step {
	char *name, *title;
};

struct progress {
	pthread_mutex_t lock;
	struct step *steps;
	size_t count;
	ssize_t running;             /* index of the running step, -1 for none */
	uint64_t total, files_total; /* of the running step */
	atomic_uint_fast64_t done, files_done;
	_Atomic enum progress_side side;
	char *item;
	struct progress_model *model;
	double started, paused_at, paused_total;
	unsigned pauses;             /* how many are open */
	double sent_at, moved_at, rated_at, rate;
	uint64_t moved_done, rated_done;
	struct context *told;        /* whom the thread tells; NULL: there is none */
	pthread_t thread;
	pthread_cond_t stop;
	bool stopping;
};

struct progress *progress_new(void)
{
	struct progress *progress = calloc(1, sizeof(*progress));

	if (!progress)
		return NULL;
	pthread_mutex_init(&progress->lock, NULL);
	progress->model = progress_model_new();
	progress->running = -1;
	progress->started = clock_now();
	if (!progress->model)
		progress_free(TAKE_POINTER(progress));
	return progress;
}

void progress_free(struct progress *progress)
{
	if (!progress)
		return;
	if (progress->told) {
		pthread_mutex_lock(&progress->lock);
		progress->stopping = true;
		pthread_cond_signal(&progress->stop);
		pthread_mutex_unlock(&progress->lock);
		pthread_join(progress->thread, NULL);
		pthread_cond_destroy(&progress->stop);
	}
	for (size_t i = 0; i < progress->count; i++) {
		free(progress->steps[i].name);
		free(progress->steps[i].title);
	}
	free(progress->steps);
	free(progress->item);
	progress_model_free(progress->model);
	pthread_mutex_destroy(&progress->lock);
	free(progress);
}

/* With the lock held: seconds of work, without those in which a person was waited for. */
static double counted_s(const struct progress *progress, double now)
{
	return (progress->paused_at > 0 ? progress->paused_at : now) - progress->started - progress->paused_total;
}

/* With the lock held: what was counted goes to the model. */
static void show_model(struct progress *progress, double now)
{
	progress_model_see(progress->model, counted_s(progress, now), atomic_load(&progress->done),
			   atomic_load(&progress->files_done), progress->total, progress->files_total);
}

/* With the lock held. */
static int add_step(struct progress *progress, const char *name, const char *title, enum progress_work work, uint64_t bytes,
		    uint64_t files, double seconds)
{
	struct step *grown = reallocarray(progress->steps, progress->count + 1, sizeof(*grown));
	struct step *step;
	ssize_t number;

	if (!grown)
		return -ENOMEM;
	progress->steps = grown;
	step = grown + progress->count;
	*step = (struct step){ .name = strdup(name), .title = strdup(title) };
	number = step->name && step->title ? progress_model_add(progress->model, work, bytes, files, seconds) : -ENOMEM;
	if (number < 0) {
		free(step->name);
		free(step->title);
		return -ENOMEM;
	}
	progress->count++;
	return 0;
}

int progress_plan(struct progress *progress, const char *name, const char *title, enum progress_work work, uint64_t bytes,
		  uint64_t files)
{
	int r;

	pthread_mutex_lock(&progress->lock);
	r = add_step(progress, name, title, work, bytes, files, 0);
	pthread_mutex_unlock(&progress->lock);
	return r;
}

int progress_plan_parts(struct progress *progress, const char *name, const char *title, double seconds)
{
	int r;

	pthread_mutex_lock(&progress->lock);
	r = add_step(progress, name, title, PROGRESS_PARTS, 0, 0, seconds);
	pthread_mutex_unlock(&progress->lock);
	return r;
}

double progress_fraction(const struct progress *progress)
{
	struct progress *p = (struct progress *)progress;
	double now = clock_now(), fraction;

	pthread_mutex_lock(&p->lock);
	show_model(p, now);
	fraction = progress_model_tell(p->model, counted_s(p, now)).fraction;
	pthread_mutex_unlock(&p->lock);
	return fraction;
}

static const char *stall_name(const struct progress *progress, double now)
{
	if (now - progress->moved_at < STALL_S)
		return "";
	switch (atomic_load(&progress->side)) {
	case PROGRESS_READ:
		return "read";
	case PROGRESS_WRITE:
		return "write";
	default:
		return "";
	}
}

static void update_rate(struct progress *progress, double now, uint64_t done)
{
	double span = now - progress->rated_at;
	double sample, share;

	if (span < 0.5)
		return;
	sample = (double)(done - progress->rated_done) / span;
	share = span / RATE_WINDOW_S > 1 ? 1 : span / RATE_WINDOW_S;
	progress->rate = progress->rate == 0 ? sample : progress->rate + (sample - progress->rate) * share;
	progress->rated_at = now;
	progress->rated_done = done;
}

/* With the lock held: the event, or NULL when it is too early for one. */
static json_t *event_locked(struct progress *progress, bool force)
{
	double now = clock_now(), counted = counted_s(progress, now);
	const struct step *step = progress->running >= 0 ? progress->steps + progress->running : NULL;
	AUTO_FREE char *item = NULL;
	uint64_t done = atomic_load(&progress->done);
	struct progress_tale tale;

	if (!force && (now - progress->sent_at < EVENT_INTERVAL_S || progress->paused_at > 0))
		return NULL;
	progress->sent_at = now;
	if (done != progress->moved_done) {
		progress->moved_done = done;
		progress->moved_at = now;
	}
	update_rate(progress, now, done);
	show_model(progress, now);
	tale = progress_model_tell(progress->model, counted);
	/* Nobody knows when a medium answers again. */
	if (*stall_name(progress, now))
		tale.step_left = tale.left = -1;
	item = bytes_escape(progress->item ? progress->item : "", progress->item ? strlen(progress->item) : 0);
	return event_progress(&(struct event_progress){
		.step = step ? step->name : "", .title = step ? step->title : "", .item = item ? item : "", .stall = stall_name(progress, now),
		.done = done, .total = progress->total, .files_done = atomic_load(&progress->files_done), .files_total = progress->files_total,
		.rate = progress->rate, .eta = tale.step_left, .eta_whole = tale.left, .elapsed = counted, .fraction = tale.fraction });
}

static void *tell(void *data)
{
	struct progress *progress = data;
	struct timespec next = clock_timespec(clock_now());

	pthread_mutex_lock(&progress->lock);
	while (!progress->stopping) {
		json_t *event = NULL;

		next.tv_sec++;
		while (!progress->stopping && pthread_cond_timedwait(&progress->stop, &progress->lock, &next) != ETIMEDOUT)
			;
		if (!progress->stopping && progress->running >= 0 && clock_now() - progress->sent_at >= SILENCE_S)
			event = event_locked(progress, false);
		if (!event)
			continue;
		pthread_mutex_unlock(&progress->lock);
		context_emit(progress->told, event);
		pthread_mutex_lock(&progress->lock);
	}
	pthread_mutex_unlock(&progress->lock);
	return NULL;
}

int progress_keep_telling(struct progress *progress, struct context *ctx)
{
	sigset_t all, before;
	int r;

	clock_condition_init(&progress->stop);
	progress->told = ctx;
	/* Signals are for the threads that wait for them. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&progress->thread, NULL, tell, progress);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (r != 0) {
		pthread_cond_destroy(&progress->stop);
		progress->told = NULL;
	}
	return -r;
}

static void send(struct context *ctx, bool force)
{
	json_t *event = NULL;

	if (force)
		pthread_mutex_lock(&ctx->progress->lock);
	else if (pthread_mutex_trylock(&ctx->progress->lock) != 0)
		return; /* another thread is at it */
	event = event_locked(ctx->progress, force);
	pthread_mutex_unlock(&ctx->progress->lock);
	context_emit(ctx, event);
}

void progress_begin(struct context *ctx, const char *name, uint64_t total, uint64_t files)
{
	struct progress *progress = ctx->progress;

	if (!progress)
		return;
	pthread_mutex_lock(&progress->lock);
	progress->running = -1;
	for (size_t i = 0; i < progress->count; i++)
		if (!strcmp(progress->steps[i].name, name))
			progress->running = (ssize_t)i;
	if (progress->running < 0 && add_step(progress, name, name, total || files ? PROGRESS_COPY : PROGRESS_PARTS, 0, 0, 0) == 0)
		progress->running = (ssize_t)progress->count - 1;
	if (progress->running >= 0)
		progress_model_begin(progress->model, counted_s(progress, clock_now()), (size_t)progress->running, total, files);
	progress->total = total;
	progress->files_total = files;
	atomic_store(&progress->done, 0);
	atomic_store(&progress->files_done, 0);
	free(progress->item);
	progress->item = NULL;
	progress->rate = 0;
	progress->rated_done = progress->moved_done = 0;
	progress->rated_at = progress->moved_at = clock_now();
	pthread_mutex_unlock(&progress->lock);
	send(ctx, true);
}

void progress_add(struct context *ctx, uint64_t bytes, uint64_t files)
{
	if (!ctx->progress)
		return;
	atomic_fetch_add(&ctx->progress->done, bytes);
	atomic_fetch_add(&ctx->progress->files_done, files);
	send(ctx, false);
}

void progress_rebase(struct context *ctx, uint64_t bytes, uint64_t files)
{
	struct progress *progress = ctx->progress;
	double now = clock_now();

	if (!progress)
		return;
	pthread_mutex_lock(&progress->lock);
	show_model(progress, now);
	atomic_store(&progress->done, bytes);
	atomic_store(&progress->files_done, files);
	progress_model_rebase(progress->model, counted_s(progress, now), bytes, files);
	progress->rate = 0;
	progress->rated_done = progress->moved_done = bytes;
	progress->rated_at = progress->moved_at = now;
	pthread_mutex_unlock(&progress->lock);
	send(ctx, true);
}

void progress_expect(struct context *ctx, const char *part, double seconds)
{
	struct progress *progress = ctx->progress;

	if (!progress)
		return;
	pthread_mutex_lock(&progress->lock);
	/* Without memory for it a part comes unexpectedly. */
	(void)progress_model_expect(progress->model, part, seconds);
	pthread_mutex_unlock(&progress->lock);
}

void progress_part(struct context *ctx, const char *part)
{
	struct progress *progress = ctx->progress;

	if (!progress)
		return;
	pthread_mutex_lock(&progress->lock);
	progress_model_part(progress->model, counted_s(progress, clock_now()), part);
	pthread_mutex_unlock(&progress->lock);
	send(ctx, true);
}

void progress_item(struct context *ctx, const char *item)
{
	struct progress *progress = ctx->progress;

	/* Names that would never be shown are not copied. */
	if (!progress || pthread_mutex_trylock(&progress->lock) != 0)
		return;
	if (clock_now() - progress->sent_at >= EVENT_INTERVAL_S / 2) {
		free(progress->item);
		progress->item = strdup(item);
	}
	pthread_mutex_unlock(&progress->lock);
}

void progress_task(struct context *ctx, const char *task)
{
	struct progress *progress = ctx->progress;

	if (!progress)
		return;
	pthread_mutex_lock(&progress->lock);
	free(progress->item);
	progress->item = strdup(task);
	pthread_mutex_unlock(&progress->lock);
	send(ctx, true);
}

void progress_waits(struct context *ctx, enum progress_side side)
{
	if (!ctx->progress)
		return;
	atomic_store(&ctx->progress->side, side);
	send(ctx, false);
}

void progress_end(struct context *ctx)
{
	struct progress *progress = ctx->progress;

	if (!progress)
		return;
	pthread_mutex_lock(&progress->lock);
	show_model(progress, clock_now());
	if (progress->running >= 0)
		progress_model_end(progress->model, counted_s(progress, clock_now()));
	pthread_mutex_unlock(&progress->lock);
	send(ctx, true);
	pthread_mutex_lock(&progress->lock);
	progress->running = -1;
	pthread_mutex_unlock(&progress->lock);
}

void progress_pause(struct context *ctx)
{
	struct progress *progress = ctx->progress;

	if (!progress)
		return;
	pthread_mutex_lock(&progress->lock);
	if (progress->pauses++ == 0) {
		show_model(progress, clock_now());
		progress->paused_at = clock_now();
	}
	pthread_mutex_unlock(&progress->lock);
}

void progress_resume(struct context *ctx)
{
	struct progress *progress = ctx->progress;
	double span;

	if (!progress)
		return;
	pthread_mutex_lock(&progress->lock);
	if (progress->pauses > 0 && --progress->pauses == 0) {
		span = clock_now() - progress->paused_at;
		progress->paused_total += span;
		progress->rated_at += span;
		progress->moved_at += span;
		progress->paused_at = 0;
	}
	pthread_mutex_unlock(&progress->lock);
}
