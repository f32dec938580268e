/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A piece of work in a thread of its own, which others can wait for, telling meanwhile what it does.
 */
#ifndef LIFEBOAT_CORE_BACKGROUND_H
#define LIFEBOAT_CORE_BACKGROUND_H

#include <pthread.h>
#include <stdbool.h>

struct background {
	int (*work)(void *data);
	void *data;              /* borrowed until background_join() */
	pthread_t thread;
	pthread_mutex_t lock;    /* guards what follows */
	pthread_cond_t changed;
	bool over;
	int r;
};

/* Starts WORK(DATA) in a thread. 0, or -errno when there is none to be had; then nothing is to be joined. */
int background_start(struct background *background, int (*work)(void *data), void *data);
bool background_is_over(struct background *background);
/* Waits for the end, but a fifth of a second at most. True when it is over. */
bool background_wait(struct background *background);
/* What the work returned. After its end, before background_join(). */
int background_result(const struct background *background);
/* Waits until the thread has ended, and releases all. The work is not stopped by this. */
void background_join(struct background *background);

#endif
