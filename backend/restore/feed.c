/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "feed.h"

#include <errno.h>
#include <string.h>

#include "../core/queue.h"

/* Bytes that may wait, and that may be in memory with those in the workers' hands. One segment may be there whatever its size. */
#define WAITING_LIMIT (48u << 20)
#define LOADED_LIMIT (128u << 20)
#define SLOTS 64

struct wanted {
	size_t segment;          /* place in the manifest's table */
	void *data;              /* once loaded, until taken */
	int error;               /* of loading */
	char *why;               /* sentence for it */
};

struct feed {
	struct extraction *work;
	struct wanted *wanted;
	size_t count;
	pthread_t thread;
	struct queue *queue;     /* of struct wanted, by the bytes stored */
	pthread_mutex_t lock;    /* guards what follows */
	pthread_cond_t changed;
	uint64_t loaded;         /* bytes that wait, and of those taken and not released */
	bool stop;
};

static uint64_t stored(const struct feed *feed, size_t segment)
{
	return feed->work->manifest->segments[segment].stored;
}

/* Waits until the segment may be in memory, and counts it. False when everything stops. */
static bool wait_for_memory(struct feed *feed, size_t segment)
{
	bool stop;

	pthread_mutex_lock(&feed->lock);
	while (!feed->stop && feed->loaded > 0 && feed->loaded + stored(feed, segment) > LOADED_LIMIT)
		pthread_cond_wait(&feed->changed, &feed->lock);
	feed->loaded += stored(feed, segment);
	stop = feed->stop;
	pthread_mutex_unlock(&feed->lock);
	return !stop && !atomic_load(&feed->work->stopped);
}

static void *run(void *data)
{
	struct feed *feed = data;
	struct extraction *work = feed->work;
	struct context ctx;
	int r = 0;

	context_init_child(&ctx, work->ctx);
	for (size_t i = 0; i < feed->count && (r == 0 || work->options->salvage) && wait_for_memory(feed, feed->wanted[i].segment); i++) {
		struct wanted *wanted = feed->wanted + i;

		progress_waits(work->ctx, PROGRESS_READ);
		r = wanted->error = set_segment_load(&ctx, work->set, work->manifest->segments + wanted->segment, &wanted->data);
		if (r < 0)
			wanted->why = strdup(context_detail(&ctx));
		context_clear(&ctx);
		progress_waits(work->ctx, PROGRESS_WRITE);
		if (!queue_push(feed->queue, wanted, stored(feed, wanted->segment)))
			break;
	}
	context_done(&ctx);
	queue_end(feed->queue);
	progress_waits(work->ctx, PROGRESS_NONE);
	return NULL;
}

static void leave_in_place(void *item)
{
	(void)item;
}

static void release(struct feed *feed)
{
	for (size_t i = 0; i < feed->count; i++) {
		free(feed->wanted[i].data);
		free(feed->wanted[i].why);
	}
	queue_free(feed->queue, leave_in_place);
	pthread_cond_destroy(&feed->changed);
	pthread_mutex_destroy(&feed->lock);
	free(feed->wanted);
	free(feed);
}

int feed_start(struct extraction *work, struct feed **ret)
{
	const struct manifest *manifest = work->manifest;
	struct feed *feed = calloc(1, sizeof(*feed));
	int r;

	if (!feed)
		return context_oom(work->ctx);
	feed->work = work;
	pthread_mutex_init(&feed->lock, NULL);
	pthread_cond_init(&feed->changed, NULL);
	feed->queue = queue_new(SLOTS, WAITING_LIMIT);
	feed->wanted = calloc(manifest->segment_count + 1, sizeof(*feed->wanted));
	for (size_t i = 0; feed->wanted && i < manifest->segment_count; i++)
		if (manifest->segments[i].kind == SEGMENT_FILES && selection_wants(work->selection, i) && !work->skip[i])
			feed->wanted[feed->count++].segment = i;
	r = feed->wanted && feed->queue ? pthread_create(&feed->thread, NULL, run, feed) : ENOMEM;
	if (r != 0) {
		release(feed);
		return context_fail(work->ctx, r, "cannot start a thread: %s", strerror(r));
	}
	*ret = feed;
	return 0;
}

size_t feed_count(const struct feed *feed)
{
	return feed->count;
}

int feed_take(struct feed *feed, struct context *ctx, size_t *ret_segment, void **ret_data)
{
	struct wanted *next = queue_take(feed->queue);

	if (!next || atomic_load(&feed->work->stopped))
		return 0;
	*ret_segment = next->segment;
	*ret_data = TAKE_POINTER(next->data);
	return next->error < 0 ? context_fail(ctx, -next->error, "%s", next->why ? next->why : "out of memory") : 1;
}

void feed_release(struct feed *feed, size_t segment)
{
	pthread_mutex_lock(&feed->lock);
	feed->loaded -= stored(feed, segment);
	pthread_cond_broadcast(&feed->changed);
	pthread_mutex_unlock(&feed->lock);
}

void feed_stop(struct feed *feed)
{
	if (!feed)
		return;
	pthread_mutex_lock(&feed->lock);
	feed->stop = true;
	pthread_cond_broadcast(&feed->changed);
	pthread_mutex_unlock(&feed->lock);
	queue_stop(feed->queue);
	pthread_join(feed->thread, NULL);
	release(feed);
}
