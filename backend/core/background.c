/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "background.h"

#include "clock.h"

#define WAIT_S 0.2

static void *run(void *data)
{
	struct background *background = data;
	int r = background->work(background->data);

	pthread_mutex_lock(&background->lock);
	background->r = r;
	background->over = true;
	pthread_cond_broadcast(&background->changed);
	pthread_mutex_unlock(&background->lock);
	return NULL;
}

static void release(struct background *background)
{
	pthread_cond_destroy(&background->changed);
	pthread_mutex_destroy(&background->lock);
}

int background_start(struct background *background, int (*work)(void *data), void *data)
{
	int r;

	*background = (struct background){ .work = work, .data = data };
	pthread_mutex_init(&background->lock, NULL);
	clock_condition_init(&background->changed);
	r = pthread_create(&background->thread, NULL, run, background);
	if (r)
		release(background);
	return -r;
}

bool background_is_over(struct background *background)
{
	bool over;

	pthread_mutex_lock(&background->lock);
	over = background->over;
	pthread_mutex_unlock(&background->lock);
	return over;
}

bool background_wait(struct background *background)
{
	const struct timespec until = clock_timespec(clock_now() + WAIT_S);
	bool over;

	pthread_mutex_lock(&background->lock);
	if (!background->over)
		pthread_cond_timedwait(&background->changed, &background->lock, &until);
	over = background->over;
	pthread_mutex_unlock(&background->lock);
	return over;
}

int background_result(const struct background *background)
{
	return background->r;
}

void background_join(struct background *background)
{
	pthread_join(background->thread, NULL);
	release(background);
}
