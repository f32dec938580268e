/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "write_behind.h"

#include <errno.h>
#include <string.h>

#include "../core/clock.h"
#include "../storage/image_map.h"
#include "worker.h"

/* Bytes to be written since the last time: a sync of fewer costs more than it brings forward. */
#define STEP_BYTES (16u << 20)
/* A disk that takes longer for them is kept busy by the kernel's own writing, and would only seek between data and journal. From then on
 * all is left to the end; who cancels never waits for more than one such step. */
#define SLOW_SECONDS 0.2

struct write_behind {
	struct extraction *work;
	pthread_t thread;
	pthread_mutex_t lock;    /* guards what follows */
	pthread_cond_t changed;
	uint64_t unsynced;
	bool stop;
};

static int sync_all(struct extraction *work)
{
	AUTO_FREE char *where = NULL;
	int fd = -1, r = filesystems_sync(&work->filesystems, &fd);

	if (r == 0)
		return image_devices_sync(work->ctx, work->options->images);
	where = filesystem_describe(fd);
	return context_fail(work->ctx, -r, "what was written could not be brought to the disk of the %s: %s",
			    where ? where : "target filesystem", strerror(-r));
}

/* Waits until a step was written. False at the end. */
static bool wait_for_step(struct write_behind *behind)
{
	bool stop;

	pthread_mutex_lock(&behind->lock);
	while (!behind->stop && behind->unsynced < STEP_BYTES)
		pthread_cond_wait(&behind->changed, &behind->lock);
	behind->unsynced = 0;
	stop = behind->stop;
	pthread_mutex_unlock(&behind->lock);
	return !stop;
}

static void *run(void *data)
{
	struct write_behind *behind = data;
	double took = 0;

	while (took < SLOW_SECONDS && wait_for_step(behind)) {
		double start = clock_now();
		int r = sync_all(behind->work);

		/* An error is told once: it must not be lost for the end. */
		if (r < 0) {
			work_stop(behind->work, r, NULL);
			break;
		}
		took = clock_now() - start;
	}
	return NULL;
}

static void release(struct write_behind *behind)
{
	pthread_cond_destroy(&behind->changed);
	pthread_mutex_destroy(&behind->lock);
	free(behind);
}

struct write_behind *write_behind_start(struct extraction *work)
{
	struct write_behind *behind = calloc(1, sizeof(*behind));

	if (!behind)
		return NULL;
	behind->work = work;
	pthread_mutex_init(&behind->lock, NULL);
	pthread_cond_init(&behind->changed, NULL);
	if (pthread_create(&behind->thread, NULL, run, behind) == 0)
		return behind;
	release(behind);
	return NULL;
}

void write_behind_add(struct write_behind *behind, uint64_t bytes)
{
	if (!behind)
		return;
	pthread_mutex_lock(&behind->lock);
	behind->unsynced += bytes;
	if (behind->unsynced >= STEP_BYTES)
		pthread_cond_signal(&behind->changed);
	pthread_mutex_unlock(&behind->lock);
}

void write_behind_stop(struct write_behind *behind)
{
	if (!behind)
		return;
	pthread_mutex_lock(&behind->lock);
	behind->stop = true;
	pthread_cond_signal(&behind->changed);
	pthread_mutex_unlock(&behind->lock);
	pthread_join(behind->thread, NULL);
	release(behind);
}

int write_behind_finish(struct extraction *work)
{
	int r;

	progress_waits(work->ctx, PROGRESS_WRITE);
	write_behind_stop(TAKE_POINTER(work->behind));
	r = work->error ? work->error : sync_all(work);
	progress_waits(work->ctx, PROGRESS_NONE);
	return r;
}
