/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "arrival.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>

#include "../core/queue.h"
#include "../set/segment_reader.h"
#include "pieces.h"
#include "put.h"
#include "put_data.h"
#include "put_image.h"
#include "write_behind.h"

#define WORKERS_MAX 16
/* Bytes of segments that wait and are in the workers' hands, when another is read that is as long as the one before it. One may be there whatever its
 * size. */
#define LOADED_LIMIT (96u << 20)
#define SLOTS 64

struct part {
	struct segment segment;
	void *data;
};

struct arrival {
	struct extraction *work;
	struct queue *queue;     /* of struct part */
	pthread_mutex_t lock;    /* guards what follows */
	pthread_cond_t freed;
	uint64_t loaded;
	uint32_t *spoilt;        /* numbers of segments */
	size_t spoilt_count;
	bool no_memory;
};

static void free_part(void *item)
{
	struct part *part = item;

	free(part->data);
	free(part);
}

/* Damage that is salvaged is listed: 0. All else stops the work: ERROR. CTX, a child, has the sentence unless work->ctx has. */
static int meet_damage(struct arrival *arrival, struct context *ctx, int error, uint32_t number)
{
	struct extraction *work = arrival->work;
	AUTO_FREE char *why = strdup(context_detail(ctx));
	uint32_t *grown;

	context_clear(ctx);
	if (error != -EBADMSG || !why || !*why || !work->options->salvage) {
		if (why && *why)
			context_fail(work->ctx, -error, "%s", why);
		return work_stop(work, error, NULL);
	}
	pthread_mutex_lock(&arrival->lock);
	grown = reallocarray(arrival->spoilt, arrival->spoilt_count + 1, sizeof(*grown));
	arrival->no_memory |= !grown;
	if (grown) {
		grown[arrival->spoilt_count++] = number;
		arrival->spoilt = grown;
	}
	pthread_mutex_unlock(&arrival->lock);
	work_list_damage(work, why);
	return grown ? 0 : context_oom(work->ctx);
}

static int take_entry(struct worker *worker)
{
	int r = agreement_begin(worker->check, worker->segment, &worker->entry);

	worker->shown = true;
	/* What serves the recipe by hand is no part of the tree. */
	if (r == 0 && !worker->entry.recipe)
		r = put_entry(worker);
	if (r == 0)
		r = agreement_end(worker->check);
	if (r == 0)
		keep_first_piece(worker);
	worker_report(worker, false);
	return r < 0 ? r : context_check_cancel(worker->work->ctx);
}

/* Nothing of it is put onto the tree before its own checksum is right; whether it is the set's is told at the end. */
static int unpack_part(struct worker *worker, struct part *part)
{
	int r = segment_reader_check(&worker->ctx, worker->reader, &part->segment, part->data);

	worker->segment = part->segment.number;
	if (r == 0)
		r = segment_reader_start(&worker->ctx, worker->reader, &part->segment, TAKE_POINTER(part->data));
	while (r == 0 && (r = entry_next(&worker->ctx, &worker->entries, &worker->entry)) > 0) {
		r = take_entry(worker);
		if (r == 0 && atomic_load_explicit(&worker->work->stopped, memory_order_acquire))
			r = worker->work->error;
	}
	return r;
}

static void release_part(struct arrival *arrival, struct part *part)
{
	pthread_mutex_lock(&arrival->lock);
	arrival->loaded -= part->segment.stored;
	pthread_cond_broadcast(&arrival->freed);
	pthread_mutex_unlock(&arrival->lock);
	free_part(part);
}

static void *run_worker(void *data)
{
	struct arrival *arrival = data;
	struct extraction *work = arrival->work;
	struct worker worker;
	struct part *part;
	int r = worker_init(&worker, work);

	/* A umask of its own, so that files get their mode when they are made; the process keeps its own. */
	worker.exact_mode = unshare(CLONE_FS) == 0;
	if (worker.exact_mode)
		umask(0);
	if (r < 0)
		work_stop(work, r, NULL);
	while ((part = queue_take(arrival->queue))) {
		if (!atomic_load(&work->stopped))
			r = unpack_part(&worker, part);
		if (r < 0 && !atomic_load(&work->stopped))
			r = meet_damage(arrival, &worker.ctx, r, part->segment.number);
		/* Freed before it counts as such. */
		segment_reader_end(worker.reader);
		release_part(arrival, part);
		if (r < 0)
			break;
	}
	if (r < 0) {
		queue_stop(arrival->queue);
		pthread_mutex_lock(&arrival->lock);
		pthread_cond_broadcast(&arrival->freed);
		pthread_mutex_unlock(&arrival->lock);
	}
	worker_done(&worker);
	return NULL;
}

/* Until there is room for another SIZE bytes. */
static void wait_for_room(struct arrival *arrival, uint64_t size)
{
	pthread_mutex_lock(&arrival->lock);
	while (!atomic_load(&arrival->work->stopped) && arrival->loaded > 0 && arrival->loaded + size > LOADED_LIMIT)
		pthread_cond_wait(&arrival->freed, &arrival->lock);
	pthread_mutex_unlock(&arrival->lock);
}

/* Segments of directories and links are wanted at the end. Takes DATA. 0 or -errno with a sentence in CTX. */
static int pass_on(struct arrival *arrival, struct context *ctx, struct segment_reader *reader, uint32_t number, void *data, size_t size)
{
	struct part *part = calloc(1, sizeof(*part));
	enum segment_kind kind = SEGMENT_LINKS;
	int r;

	if (!part) {
		free(data);
		return context_oom(ctx);
	}
	part->segment = (struct segment){ .number = number, .stored = (uint32_t)size, .bytes = SEGMENT_BYTES_UNKNOWN, .kind = SEGMENT_FILES };
	part->data = data;
	r = segment_reader_kind(ctx, reader, &part->segment, data, &kind);
	/* One that is damaged may be anything: it is told when it is wanted. */
	if (r == -EBADMSG)
		context_clear(ctx);
	if (r < 0 || kind != SEGMENT_FILES) {
		r = r < 0 && r != -EBADMSG ? r : set_segment_keep(ctx, arrival->work->set, number, data, size);
		free_part(part);
		return r;
	}
	if (number >= arrival->work->numbers_end)
		arrival->work->numbers_end = number + 1;
	pthread_mutex_lock(&arrival->lock);
	arrival->loaded += size;
	pthread_mutex_unlock(&arrival->lock);
	if (queue_push(arrival->queue, part, size))
		return 0;
	free_part(part);
	return arrival->work->error ? arrival->work->error : -ECANCELED;
}

/* Reads the stream to its end. 0 or -errno with a sentence in work->ctx. */
static int read_stream(struct arrival *arrival)
{
	struct extraction *work = arrival->work;
	struct segment_reader *reader = segment_reader_new();
	struct context ctx;
	size_t size = 0;
	int r = reader ? 1 : context_oom(work->ctx);

	context_init_child(&ctx, work->ctx);
	while (r > 0 && !atomic_load(&work->stopped)) {
		uint32_t number = 0;
		void *data = NULL;

		wait_for_room(arrival, size);
		progress_waits(work->ctx, PROGRESS_READ);
		r = set_next_segment(&ctx, work->set, &number, &data, &size);
		progress_waits(work->ctx, PROGRESS_NONE);
		if (r == 1 && data) {
			r = pass_on(arrival, &ctx, reader, number, data, size);
			r = r < 0 ? r : 1;
		} else if (r == -EBADMSG && work->options->salvage) {
			context_warn(work->ctx, "%s", context_detail(&ctx));
			context_clear(&ctx);
			r = 1;
		}
	}
	if (r < 0 && *context_detail(&ctx))
		context_fail(work->ctx, -r, "%s", context_detail(&ctx));
	context_done(&ctx);
	segment_reader_free(reader);
	return r < 0 ? r : 0;
}

static int run(struct arrival *arrival, unsigned workers)
{
	struct extraction *work = arrival->work;
	pthread_t threads[WORKERS_MAX];
	unsigned started = 0;
	int r = 0;

	while (r == 0 && started < workers && started < WORKERS_MAX) {
		r = -pthread_create(threads + started, NULL, run_worker, arrival);
		started += r == 0;
	}
	r = started == 0 ? context_fail(work->ctx, -r, "cannot start a thread: %s", strerror(-r)) : read_stream(arrival);
	if (r < 0)
		work_stop(work, r, NULL);
	queue_end(arrival->queue);
	for (unsigned i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	return work->error;
}

/* The set did not come whole. */
static void abandon(struct extraction *work)
{
	struct worker worker;

	if (worker_init(&worker, work) == 0)
		abandon_pieces(&worker);
	worker_done(&worker);
}

int arrival_unpack(struct extraction *work, unsigned workers, uint32_t **ret_spoilt, size_t *ret_count)
{
	struct arrival arrival = { .work = work, .queue = queue_new(SLOTS, LOADED_LIMIT) };
	int r = 0;

	work->agreement = agreement_new_late(work->options->check_content);
	if (!work->agreement || !arrival.queue)
		r = context_oom(work->ctx);
	pthread_mutex_init(&arrival.lock, NULL);
	pthread_cond_init(&arrival.freed, NULL);
	work->arriving = true;
	if (r == 0) {
		work->behind = write_behind_start(work);
		r = run(&arrival, workers);
	}
	if (r == 0)
		r = set_arrive(work->ctx, work->set);
	if (r < 0)
		abandon(work);
	work->arriving = false;
	work->arrived = true;
	queue_free(arrival.queue, free_part);
	pthread_cond_destroy(&arrival.freed);
	pthread_mutex_destroy(&arrival.lock);
	*ret_spoilt = arrival.spoilt;
	*ret_count = arrival.spoilt_count;
	return r;
}

/* ---- when all has come ---- */

/* No other segments came than those that the set has. */
static int check_numbers(struct extraction *work)
{
	const struct segment last = { .number = work->numbers_end - 1 };
	struct context ctx;
	int r;

	if (work->numbers_end <= work->manifest->segment_count)
		return 0;
	context_init_child(&ctx, work->ctx);
	context_fail(&ctx, EBADMSG, "segment %s came with the set and is none of its own: what lies in it may be on the target, in the place of what was saved, too",
		     segment_name(&last).text);
	r = work_damaged(work, &ctx, -EBADMSG, work->manifest->segment_count);
	context_done(&ctx);
	return r;
}

/* Segments by their digests. */
static int check_segments(struct extraction *work)
{
	struct context ctx;
	int r = 0;

	context_init_child(&ctx, work->ctx);
	for (size_t i = 0; r == 0 && i < work->manifest->segment_count; i++) {
		if (work->manifest->segments[i].kind != SEGMENT_FILES || work->spoilt[i])
			continue;
		r = set_segment_check(&ctx, work->set, work->manifest->segments + i);
		if (r == -EBADMSG && i < work->numbers_end) {
			AUTO_FREE char *why = strdup(context_detail(&ctx));

			r = why ? context_reword(&ctx, EBADMSG, "%s. What lies in it may be on the target, beside what was saved, too", why) : context_oom(&ctx);
		}
		if (r < 0)
			r = work_damaged(work, &ctx, r, i);
	}
	context_done(&ctx);
	return r;
}

/* What they held, by the index, which may be among what is damaged. */
static int check_entries(struct extraction *work)
{
	struct context ctx;
	int r;

	context_init_child(&ctx, work->ctx);
	r = agreement_arrive(&ctx, work->agreement, work->set, work->spoilt);
	if (r < 0) {
		agreement_free(TAKE_POINTER(work->agreement));
		r = work_damaged(work, &ctx, r, work->manifest->segment_count);
	}
	for (size_t i = 0; work->agreement && r == 0 && i < work->manifest->segment_count; i++) {
		if (work->manifest->segments[i].kind != SEGMENT_FILES)
			continue;
		if (!work->spoilt[i])
			r = agreement_segment_complete(&ctx, work->agreement, i);
		if (r < 0)
			r = work_damaged(work, &ctx, r, i);
		agreement_segment_over(work->agreement, i);
	}
	context_done(&ctx);
	return r;
}

int arrival_check(struct extraction *work, const uint32_t *spoilt, size_t count)
{
	int r;

	for (size_t i = 0; i < count; i++)
		if (spoilt[i] < work->manifest->segment_count)
			work->spoilt[spoilt[i]] = true;
	r = check_numbers(work);
	if (r == 0)
		r = check_segments(work);
	if (r == 0)
		r = check_entries(work);
	for (size_t i = 0; r == 0 && i < work->manifest->segment_count; i++)
		work->complete[i] = work->manifest->segments[i].kind == SEGMENT_FILES && !work->spoilt[i];
	return r;
}

/* A file that was put, and is not what the index says. */
static int withdraw_row(void *data, const struct index_row *row, unsigned what)
{
	struct worker *worker = data;
	const struct tree_directory *parent;
	const char *name;

	bool whole = row->first_segment == row->last_segment;

	if (!(what & AGREEMENT_LOST_ENTRY) || !(what & AGREEMENT_WAS_MET) || !whole || S_ISDIR(row->mode) || row->hard_link ||
	    is_image_of(worker->work, row->path))
		return 0;
	parent = tree_parent(worker->tree, row->path, &name);
	if (parent)
		put_remove(parent->fd, name);
	return 0;
}

int arrival_settle_files(struct extraction *work)
{
	struct worker worker;
	int r = worker_init(&worker, work);

	if (r == 0)
		r = settle_pieces(&worker);
	if (r == 0 && work->agreement && work->result->damages)
		r = agreement_lost(work->ctx, work->set, work->agreement, withdraw_row, &worker);
	worker_done(&worker);
	return r;
}
