#include "feed.h"

#include <errno.h>
#include <string.h>

/* Bytes that may wait, and that may be in memory with those in the workers' hands. One segment may be there whatever its size. */
#define WAITING_LIMIT (48u << 20)
#define LOADED_LIMIT (128u << 20)
#define SLOTS 64

struct waiting {
	size_t segment;
	void *data;              /* NULL: could not be loaded */
	int error;
	char *why;               /* sentence for it */
};

struct feed {
	struct extraction *work;
	size_t *order;           /* places in the manifest's table */
	size_t count;
	pthread_t thread;
	pthread_mutex_t lock;    /* guards what follows */
	pthread_cond_t changed;
	struct waiting waiting[SLOTS]; /* a ring */
	size_t first, filled;
	uint64_t bytes;          /* that wait */
	uint64_t loaded;         /* with those taken and not released */
	bool ended, stop;
};

static uint64_t stored(const struct feed *feed, size_t segment)
{
	return feed->work->manifest->segments[segment].stored;
}

/* Waits until there is room for the segment. False when everything stops. */
static bool wait_for_room(struct feed *feed, size_t segment)
{
	bool stop;

	pthread_mutex_lock(&feed->lock);
	if (feed->filled > 0)
		progress_waits(feed->work->ctx, PROGRESS_WRITE);
	while (!feed->stop && (feed->filled == SLOTS || (feed->filled > 0 && feed->bytes + stored(feed, segment) > WAITING_LIMIT) ||
			       (feed->loaded > 0 && feed->loaded + stored(feed, segment) > LOADED_LIMIT)))
		pthread_cond_wait(&feed->changed, &feed->lock);
	stop = feed->stop;
	pthread_mutex_unlock(&feed->lock);
	progress_waits(feed->work->ctx, PROGRESS_READ);
	return !stop && !atomic_load(&feed->work->stopped);
}

static void add(struct feed *feed, struct waiting loaded)
{
	pthread_mutex_lock(&feed->lock);
	feed->waiting[(feed->first + feed->filled) % SLOTS] = loaded;
	feed->filled++;
	feed->bytes += stored(feed, loaded.segment);
	feed->loaded += stored(feed, loaded.segment);
	pthread_cond_broadcast(&feed->changed);
	pthread_mutex_unlock(&feed->lock);
}

static void *run(void *data)
{
	struct feed *feed = data;
	struct extraction *work = feed->work;
	struct context ctx;
	int r = 0;

	context_init_child(&ctx, work->ctx);
	for (size_t i = 0; i < feed->count && (r == 0 || work->options->salvage) && wait_for_room(feed, feed->order[i]); i++) {
		struct waiting loaded = { .segment = feed->order[i] };

		r = loaded.error = set_segment_load(&ctx, work->set, work->manifest->segments + loaded.segment, &loaded.data);
		if (r < 0)
			loaded.why = strdup(context_detail(&ctx));
		context_clear(&ctx);
		add(feed, loaded);
	}
	context_done(&ctx);
	pthread_mutex_lock(&feed->lock);
	feed->ended = true;
	pthread_cond_broadcast(&feed->changed);
	pthread_mutex_unlock(&feed->lock);
	progress_waits(work->ctx, PROGRESS_NONE);
	return NULL;
}

static void release(struct feed *feed)
{
	pthread_cond_destroy(&feed->changed);
	pthread_mutex_destroy(&feed->lock);
	free(feed->order);
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
	feed->order = calloc(manifest->segment_count + 1, sizeof(*feed->order));
	for (size_t i = 0; feed->order && i < manifest->segment_count; i++)
		if (manifest->segments[i].kind == SEGMENT_FILES && selection_wants(work->selection, i) && !work->skip[i])
			feed->order[feed->count++] = i;
	r = feed->order ? pthread_create(&feed->thread, NULL, run, feed) : ENOMEM;
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
	int r = 0;

	pthread_mutex_lock(&feed->lock);
	while (feed->filled == 0 && !feed->ended)
		pthread_cond_wait(&feed->changed, &feed->lock);
	if (feed->filled > 0 && !atomic_load(&feed->work->stopped)) {
		struct waiting *next = feed->waiting + feed->first;

		*ret_segment = next->segment;
		*ret_data = next->data;
		r = next->error < 0 ? context_fail(ctx, -next->error, "%s", next->why ? next->why : "out of memory") : 1;
		free(next->why);
		feed->first = (feed->first + 1) % SLOTS;
		feed->filled--;
		feed->bytes -= stored(feed, *ret_segment);
		pthread_cond_broadcast(&feed->changed);
	}
	pthread_mutex_unlock(&feed->lock);
	return r;
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
	pthread_join(feed->thread, NULL);
	for (; feed->filled > 0; feed->filled--, feed->first = (feed->first + 1) % SLOTS) {
		free(feed->waiting[feed->first].data);
		free(feed->waiting[feed->first].why);
	}
	release(feed);
}
