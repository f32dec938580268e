/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "feed.h"

#include <errno.h>
#include <string.h>

#include "../core/queue.h"

/* Bytes that may wait for a worker. One segment may be there whatever its size. */
#define WAITING_LIMIT (48u << 20)
#define SLOTS 64
#define READERS_MAX 8u

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
	uint64_t limit;          /* of the bytes in memory, with those in the workers' hands; one segment may be there whatever its size */
	pthread_t threads[READERS_MAX];
	unsigned readers;        /* threads that were started */
	struct queue *queue;     /* of struct wanted, by the bytes stored */
	pthread_mutex_t lock;    /* guards what follows */
	pthread_cond_t changed;
	size_t next;             /* to be loaded */
	size_t turn;             /* to be handed on */
	unsigned running, loading; /* threads that have not ended; those that wait for the medium */
	uint64_t loaded;         /* bytes that wait, and of those taken and not released */
	bool stop, failed;
};

static uint64_t stored(const struct feed *feed, size_t segment)
{
	return feed->work->manifest->segments[segment].stored;
}

/* The next segment, once it may be in memory; NULL when there is none, or everything stops. */
static struct wanted *take_wanted(struct feed *feed)
{
	struct wanted *wanted = NULL;

	pthread_mutex_lock(&feed->lock);
	while (!feed->stop && feed->next < feed->count && feed->loaded > 0 &&
	       feed->loaded + stored(feed, feed->wanted[feed->next].segment) > feed->limit)
		pthread_cond_wait(&feed->changed, &feed->lock);
	if (!feed->stop && feed->next < feed->count && (!feed->failed || feed->work->options->salvage) && !atomic_load(&feed->work->stopped)) {
		wanted = feed->wanted + feed->next++;
		feed->loaded += stored(feed, wanted->segment);
	}
	pthread_mutex_unlock(&feed->lock);
	return wanted;
}

/* Segments are handed on in their order, however quick each comes: a piece of a large file waits for those before it, and a worker that waits for one
 * which nobody has taken yet would wait for ever. False: everything stops. */
static bool wait_for_turn(struct feed *feed, const struct wanted *wanted)
{
	bool go;

	pthread_mutex_lock(&feed->lock);
	while (!feed->stop && feed->turn != (size_t)(wanted - feed->wanted))
		pthread_cond_wait(&feed->changed, &feed->lock);
	go = !feed->stop;
	pthread_mutex_unlock(&feed->lock);
	return go;
}

static void give_turn(struct feed *feed)
{
	pthread_mutex_lock(&feed->lock);
	feed->turn++;
	pthread_cond_broadcast(&feed->changed);
	pthread_mutex_unlock(&feed->lock);
}

/* While one thread loads, what is waited for is the medium; else it is who takes the segments. */
static void count_loading(struct feed *feed, int change, bool failed)
{
	pthread_mutex_lock(&feed->lock);
	feed->loading += (unsigned)change;
	feed->failed |= failed;
	progress_waits(feed->work->ctx, feed->loading ? PROGRESS_READ : PROGRESS_WRITE);
	pthread_mutex_unlock(&feed->lock);
}

static void *run(void *data)
{
	struct feed *feed = data;
	struct extraction *work = feed->work;
	struct wanted *wanted;
	struct context ctx;
	bool last;

	context_init_child(&ctx, work->ctx);
	while ((wanted = take_wanted(feed))) {
		count_loading(feed, 1, false);
		wanted->error = set_segment_load(&ctx, work->set, work->manifest->segments + wanted->segment, &wanted->data);
		if (wanted->error < 0)
			wanted->why = strdup(context_detail(&ctx));
		context_clear(&ctx);
		count_loading(feed, -1, wanted->error < 0);
		if (!wait_for_turn(feed, wanted) || !queue_push(feed->queue, wanted, stored(feed, wanted->segment)))
			break;
		give_turn(feed);
	}
	context_done(&ctx);
	pthread_mutex_lock(&feed->lock);
	last = --feed->running == 0;
	pthread_mutex_unlock(&feed->lock);
	if (last) {
		queue_end(feed->queue);
		progress_waits(work->ctx, PROGRESS_NONE);
	}
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

static void stop_threads(struct feed *feed)
{
	pthread_mutex_lock(&feed->lock);
	feed->stop = true;
	pthread_cond_broadcast(&feed->changed);
	pthread_mutex_unlock(&feed->lock);
	queue_stop(feed->queue);
	for (unsigned i = 0; i < feed->readers; i++)
		pthread_join(feed->threads[i], NULL);
}

/* 0 or an errno; some may have been started. */
static int start_threads(struct feed *feed)
{
	unsigned wanted = set_readers(feed->work->set);
	int r = 0;

	/* They end the queue together: the lock is held until all are counted. */
	pthread_mutex_lock(&feed->lock);
	while (r == 0 && feed->readers < (wanted < READERS_MAX ? wanted : READERS_MAX)) {
		r = pthread_create(&feed->threads[feed->readers], NULL, run, feed);
		feed->readers += r == 0;
	}
	feed->running = feed->readers;
	pthread_mutex_unlock(&feed->lock);
	return r;
}

int feed_start(struct extraction *work, uint64_t limit, struct feed **ret)
{
	const struct manifest *manifest = work->manifest;
	struct feed *feed = calloc(1, sizeof(*feed));
	int r;

	if (!feed)
		return context_oom(work->ctx);
	feed->work = work;
	feed->limit = limit;
	pthread_mutex_init(&feed->lock, NULL);
	pthread_cond_init(&feed->changed, NULL);
	feed->queue = queue_new(SLOTS, WAITING_LIMIT);
	feed->wanted = calloc(manifest->segment_count + 1, sizeof(*feed->wanted));
	for (size_t i = 0; feed->wanted && i < manifest->segment_count; i++)
		if (manifest->segments[i].kind == SEGMENT_FILES && selection_wants(work->selection, i) && !work->skip[i])
			feed->wanted[feed->count++].segment = i;
	r = feed->wanted && feed->queue ? start_threads(feed) : ENOMEM;
	if (r != 0) {
		if (feed->queue)
			stop_threads(feed);
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
	stop_threads(feed);
	release(feed);
}
