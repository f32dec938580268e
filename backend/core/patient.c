/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "patient.h"

#include <errno.h>
#include <stdlib.h>

#include "clock.h"

#define LOOK_S 0.2

struct waiting {
	void (*call)(void *data);
	void (*release)(void *data);
	void *data;
	pthread_mutex_t lock;    /* guards what follows */
	pthread_cond_t changed;
	bool returned, abandoned;
};

static void waiting_free(struct waiting *waiting)
{
	pthread_cond_destroy(&waiting->changed);
	pthread_mutex_destroy(&waiting->lock);
	free(waiting);
}

/* The later one of the two, caller and thread, frees. */
static void *run(void *data)
{
	struct waiting *waiting = data;
	bool abandoned;

	waiting->call(waiting->data);
	pthread_mutex_lock(&waiting->lock);
	waiting->returned = true;
	abandoned = waiting->abandoned;
	pthread_cond_signal(&waiting->changed);
	pthread_mutex_unlock(&waiting->lock);
	if (abandoned) {
		waiting->release(waiting->data);
		waiting_free(waiting);
	}
	return NULL;
}

static struct waiting *start(void (*call)(void *data), void (*release)(void *data), void *data, pthread_t *ret)
{
	struct waiting *waiting = calloc(1, sizeof(*waiting));

	if (!waiting)
		return NULL;
	waiting->call = call;
	waiting->release = release;
	waiting->data = data;
	pthread_mutex_init(&waiting->lock, NULL);
	clock_condition_init(&waiting->changed);
	if (pthread_create(ret, NULL, run, waiting) == 0)
		return waiting;
	waiting_free(waiting);
	return NULL;
}

int patient_call_while(int (*look)(void *data), void *look_data, void (*call)(void *data), void (*release)(void *data), void *data)
{
	pthread_t thread;
	struct waiting *waiting = start(call, release, data, &thread);
	int r = 0;

	if (!waiting)
		return -ENOMEM;
	pthread_mutex_lock(&waiting->lock);
	while (!waiting->returned && r == 0) {
		struct timespec until = clock_timespec(clock_now() + LOOK_S);

		pthread_cond_timedwait(&waiting->changed, &waiting->lock, &until);
		if (!waiting->returned)
			r = look(look_data);
	}
	waiting->abandoned = r != 0;
	pthread_mutex_unlock(&waiting->lock);
	if (r != 0) {
		pthread_detach(thread);
		return r;
	}
	pthread_join(thread, NULL);
	waiting_free(waiting);
	return 0;
}

struct limit {
	const struct context *ctx;
	double seconds, begun;
};

static int look_at_limit(void *data)
{
	const struct limit *limit = data;

	if (context_is_cancelled(limit->ctx))
		return -ECANCELED;
	return limit->seconds > 0 && clock_now() - limit->begun > limit->seconds ? -ETIMEDOUT : 0;
}

int patient_call(const struct context *ctx, double seconds, void (*call)(void *data), void (*release)(void *data), void *data)
{
	struct limit limit = { ctx, seconds, clock_now() };

	return patient_call_while(look_at_limit, &limit, call, release, data);
}
