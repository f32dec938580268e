/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard.h"

#include <errno.h>
#include <time.h>

#include "../core/bytes.h"
#include "../core/clock.h"

#define LOCK_S 0.2           /* a lock that is held longer is held by who waits for a filesystem */

struct capture_guard {
	pthread_mutex_t lock;    /* guards what follows, and the removing */
	_Atomic double removal;  /* seconds that removing may take */
	struct sink *sink;       /* NULL: none is open */
	enum { GUARD_NOTHING, GUARD_WRITING, GUARD_COMMITTED, GUARD_REMOVED } state;
};

struct capture_guard *capture_guard_new(void)
{
	struct capture_guard *guard = calloc(1, sizeof(*guard));

	if (!guard)
		return NULL;
	pthread_mutex_init(&guard->lock, NULL);
	atomic_init(&guard->removal, LOCK_S);
	return guard;
}

void capture_guard_free(struct capture_guard *guard)
{
	if (!guard)
		return;
	sink_close(guard->sink);
	pthread_mutex_destroy(&guard->lock);
	free(guard);
}

struct sink *guard_sink(const struct capture_guard *guard)
{
	return guard->sink;
}

/* With the lock held. */
static void remove_all(struct capture_guard *guard)
{
	if (guard->state != GUARD_WRITING)
		return;
	sink_remove(guard->sink);
	guard->state = GUARD_REMOVED;
}

bool capture_guard_abandon(struct capture_guard *guard)
{
	const struct timespec deadline = clock_timespec(clock_now() + atomic_load(&guard->removal));
	bool committed;

	/* Whoever holds it so long waits for a filesystem that does not answer: nothing can be removed there. */
	if (pthread_mutex_clocklock(&guard->lock, CLOCK_MONOTONIC, &deadline) != 0)
		return true;
	remove_all(guard);
	committed = guard->state == GUARD_COMMITTED;
	if (!committed)
		guard->state = GUARD_REMOVED;
	pthread_mutex_unlock(&guard->lock);
	return !committed;
}

void guard_remove(struct capture_guard *guard)
{
	pthread_mutex_lock(&guard->lock);
	if (guard->state == GUARD_COMMITTED)
		guard->state = GUARD_WRITING;
	remove_all(guard);
	pthread_mutex_unlock(&guard->lock);
}

int guard_commit(struct capture_guard *guard)
{
	int r;

	pthread_mutex_lock(&guard->lock);
	r = guard->state == GUARD_WRITING ? 0 : -ECANCELED;
	if (r == 0)
		guard->state = GUARD_COMMITTED;
	pthread_mutex_unlock(&guard->lock);
	return r;
}

int guard_open(struct context *ctx, const struct capture_options *options, struct capture_guard *guard)
{
	AUTO_LOCATION struct location *location = NULL;
	int r = location_parse(ctx, options->output, &location);

	if (r == 0 && options->tape_block && location_has_scheme(location, "tape")) {
		AUTO_FREE char *words = TAKE_POINTER(location->query);

		location->query = text_format("block=%u%s%s", options->tape_block, words ? "&" : "", words ? words : "");
		r = location->query ? 0 : context_oom(ctx);
	}
	if (r < 0)
		return r;
	pthread_mutex_lock(&guard->lock);
	r = guard->state == GUARD_NOTHING ? sink_open(ctx, location, options->clean, options->patience, &guard->sink) : -ECANCELED;
	if (r == 0) {
		guard->state = GUARD_WRITING;
		atomic_store(&guard->removal, sink_removal_time(guard->sink));
	}
	pthread_mutex_unlock(&guard->lock);
	return r;
}
