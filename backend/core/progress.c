#include "progress.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "bytes.h"

#define EVENT_INTERVAL_S 0.2
/* How long it may be silent while nothing moves. */
#define SILENCE_S 1.0
/* Without a byte for this long, the side that is waited for is named. */
#define STALL_S 5.0
/* What would take longer is a rate near zero, not a time to tell. */
#define ETA_MAX_S (7 * 24 * 3600.0)
/* The rate is an average over about this long. */
#define RATE_WINDOW_S 8.0

struct step {
	char *name, *title;
	double weight;
	bool ended;
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
	double best;                 /* highest fraction ever told */
	double started, paused_at, paused_total;
	double sent_at, moved_at, rated_at, rate;
	uint64_t moved_done, rated_done;
	struct context *told;        /* whom the thread tells; NULL: there is none */
	pthread_t thread;
	pthread_cond_t stop;
	bool stopping;
};

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

struct progress *progress_new(void)
{
	struct progress *progress = calloc(1, sizeof(*progress));

	if (!progress)
		return NULL;
	pthread_mutex_init(&progress->lock, NULL);
	progress->running = -1;
	progress->started = now_s();
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
	pthread_mutex_destroy(&progress->lock);
	free(progress);
}

static struct step *add_step(struct progress *progress, const char *name, const char *title, double weight)
{
	struct step *grown = reallocarray(progress->steps, progress->count + 1, sizeof(*grown));
	struct step *step;

	if (!grown)
		return NULL;
	progress->steps = grown;
	step = grown + progress->count;
	*step = (struct step){ .name = strdup(name), .title = strdup(title), .weight = weight };
	if (!step->name || !step->title) {
		free(step->name);
		free(step->title);
		return NULL;
	}
	progress->count++;
	return step;
}

int progress_plan(struct progress *progress, const char *name, const char *title, uint64_t weight)
{
	int r;

	pthread_mutex_lock(&progress->lock);
	r = add_step(progress, name, title, (double)weight) ? 0 : -ENOMEM;
	pthread_mutex_unlock(&progress->lock);
	return r;
}

/* With the lock held. */
static double fraction_locked(const struct progress *progress)
{
	double whole = 0, done = 0;

	for (size_t i = 0; i < progress->count; i++) {
		whole += progress->steps[i].weight;
		if (progress->steps[i].ended) {
			done += progress->steps[i].weight;
		} else if ((ssize_t)i == progress->running && progress->total > 0) {
			double part = (double)atomic_load(&progress->done) / (double)progress->total;

			done += progress->steps[i].weight * (part > 1 ? 1 : part);
		}
	}
	return whole > 0 ? done / whole : 0;
}

double progress_fraction(const struct progress *progress)
{
	struct progress *p = (struct progress *)progress;
	double fraction;

	pthread_mutex_lock(&p->lock);
	fraction = fraction_locked(p);
	if (fraction < p->best)
		fraction = p->best;
	p->best = fraction;
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
	double now = now_s(), elapsed;
	const struct step *step = progress->running >= 0 ? progress->steps + progress->running : NULL;
	AUTO_FREE char *item = NULL;
	uint64_t done = atomic_load(&progress->done);
	double eta = -1;

	if (!force && (now - progress->sent_at < EVENT_INTERVAL_S || progress->paused_at > 0))
		return NULL;
	progress->sent_at = now;
	if (done != progress->moved_done) {
		progress->moved_done = done;
		progress->moved_at = now;
	}
	update_rate(progress, now, done);
	double fraction = fraction_locked(progress);
	if (fraction < progress->best)
		fraction = progress->best;
	progress->best = fraction;
	elapsed = (progress->paused_at > 0 ? progress->paused_at : now) - progress->started - progress->paused_total;
	if (progress->rate > 0 && progress->total >= done && progress->total > 0)
		eta = (double)(progress->total - done) / progress->rate;
	if (eta > ETA_MAX_S)
		eta = -1;
	item = bytes_escape(progress->item ? progress->item : "", progress->item ? strlen(progress->item) : 0);
	return json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:f, s:f, s:f, s:s, s:f}", "event", "progress", "step",
			 step ? step->name : "", "title", step ? step->title : "", "item", item ? item : "", "done",
			 (json_int_t)done, "total", (json_int_t)progress->total, "files_done",
			 (json_int_t)atomic_load(&progress->files_done), "files_total", (json_int_t)progress->files_total, "rate",
			 progress->rate, "eta", eta, "elapsed", elapsed, "stall", stall_name(progress, now), "fraction", fraction);
}

static void *tell(void *data)
{
	struct progress *progress = data;
	struct timespec next;

	pthread_mutex_lock(&progress->lock);
	clock_gettime(CLOCK_MONOTONIC, &next);
	while (!progress->stopping) {
		json_t *event = NULL;

		next.tv_sec++;
		while (!progress->stopping && pthread_cond_timedwait(&progress->stop, &progress->lock, &next) != ETIMEDOUT)
			;
		if (!progress->stopping && progress->running >= 0 && now_s() - progress->sent_at >= SILENCE_S)
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
	pthread_condattr_t clock;
	sigset_t all, before;
	int r;

	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&progress->stop, &clock);
	pthread_condattr_destroy(&clock);
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
	if (progress->running < 0 && add_step(progress, name, name, 0))
		progress->running = (ssize_t)progress->count - 1;
	if (progress->running >= 0)
		progress->steps[progress->running].ended = false;
	progress->total = total;
	progress->files_total = files;
	atomic_store(&progress->done, 0);
	atomic_store(&progress->files_done, 0);
	free(progress->item);
	progress->item = NULL;
	progress->rate = 0;
	progress->rated_done = progress->moved_done = 0;
	progress->rated_at = progress->moved_at = now_s();
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

void progress_leave_out(struct context *ctx, uint64_t bytes, uint64_t files)
{
	struct progress *progress = ctx->progress;

	if (!progress)
		return;
	pthread_mutex_lock(&progress->lock);
	progress->total -= bytes < progress->total ? bytes : progress->total;
	progress->files_total -= files < progress->files_total ? files : progress->files_total;
	pthread_mutex_unlock(&progress->lock);
	send(ctx, true);
}

void progress_item(struct context *ctx, const char *item)
{
	struct progress *progress = ctx->progress;

	/* Names that would never be shown are not copied. */
	if (!progress || pthread_mutex_trylock(&progress->lock) != 0)
		return;
	if (now_s() - progress->sent_at >= EVENT_INTERVAL_S / 2) {
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
	if (progress->running >= 0)
		progress->steps[progress->running].ended = true;
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
	if (progress->paused_at <= 0)
		progress->paused_at = now_s();
	pthread_mutex_unlock(&progress->lock);
}

void progress_resume(struct context *ctx)
{
	struct progress *progress = ctx->progress;
	double span;

	if (!progress)
		return;
	pthread_mutex_lock(&progress->lock);
	if (progress->paused_at > 0) {
		span = now_s() - progress->paused_at;
		progress->paused_total += span;
		progress->rated_at += span;
		progress->moved_at += span;
		progress->paused_at = 0;
	}
	pthread_mutex_unlock(&progress->lock);
}
