/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pool.h"

#include <errno.h>
#include <string.h>

#include "../core/queue.h"
#include "parts.h"

/* A finished segment that waits for those before it. */
struct finished {
	bool ready;
	struct segment segment;
	struct buffer rows;
};

struct pool {
	struct capture *capture;
	pthread_mutex_t lock;
	pthread_cond_t moved;    /* anything below changed */
	struct queue *jobs;
	size_t unfinished;       /* jobs that wait or are being done */
	uint64_t memory;         /* that they take, and the rows in FINISHED */
	uint32_t next_number;
	int error;               /* the first */
	struct finished *finished; /* by number modulo finished_size */
	size_t finished_size;
	uint32_t next_finished;  /* the number that goes into the manifest next */
};

static void free_job(void *item)
{
	job_free(item);
}

void pool_fail(struct capture *capture, int error)
{
	struct pool *pool = capture->pool;

	pthread_mutex_lock(&pool->lock);
	if (!pool->error)
		pool->error = error;
	pthread_cond_broadcast(&pool->moved);
	pthread_mutex_unlock(&pool->lock);
}

static bool has_failed(struct pool *pool)
{
	bool failed;

	pthread_mutex_lock(&pool->lock);
	failed = pool->error != 0;
	pthread_mutex_unlock(&pool->lock);
	return failed;
}

int pool_open(struct capture *capture)
{
	struct pool *pool = capture->pool = calloc(1, sizeof(*pool));

	if (!pool)
		return context_oom(capture->ctx);
	pool->capture = capture;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->moved, NULL);
	/* Jobs that are queued, worked on or held back by an older one. */
	pool->finished_size = 16 * capture->workers;
	pool->jobs = queue_new(2 * capture->workers, UINT64_MAX);
	pool->finished = calloc(pool->finished_size, sizeof(*pool->finished));
	/* The walker writes the segments of directories. */
	pool->next_number = pool->next_finished = capture->directories_reserved;
	return pool->jobs && pool->finished ? 0 : context_oom(capture->ctx);
}

void pool_end(struct capture *capture)
{
	if (capture->pool && capture->pool->jobs)
		queue_end(capture->pool->jobs);
}

void pool_close(struct capture *capture)
{
	struct pool *pool = capture->pool;

	if (!pool)
		return;
	for (size_t i = 0; pool->finished && i < pool->finished_size; i++)
		buffer_done(&pool->finished[i].rows);
	pthread_cond_destroy(&pool->moved);
	pthread_mutex_destroy(&pool->lock);
	queue_free(pool->jobs, free_job);
	free(pool->finished);
	free(pool);
	capture->pool = NULL;
}

struct job *pool_take(struct capture *capture, bool *ret_failed)
{
	struct job *job = queue_take(capture->pool->jobs);

	*ret_failed = has_failed(capture->pool);
	return job;
}

void pool_job_done(struct capture *capture, uint64_t memory)
{
	struct pool *pool = capture->pool;

	pthread_mutex_lock(&pool->lock);
	pool->unfinished--;
	pool->memory -= memory;
	pthread_cond_broadcast(&pool->moved);
	pthread_mutex_unlock(&pool->lock);
}

uint32_t pool_next_number(struct capture *capture)
{
	return capture->pool->next_number;
}

uint32_t pool_take_number(struct capture *capture)
{
	return capture->pool->next_number++;
}

int pool_push(struct capture *capture, struct job *job)
{
	struct pool *pool = capture->pool;
	uint64_t memory = job_memory(job);
	int r;

	pthread_mutex_lock(&pool->lock);
	while (!pool->error && (pool->next_number - pool->next_finished >= pool->finished_size ||
				(pool->memory && pool->memory + memory > capture->job_bytes)))
		pthread_cond_wait(&pool->moved, &pool->lock);
	r = pool->error;
	if (r == 0) {
		job->number = pool->next_number++;
		pool->unfinished++;
		pool->memory += memory;
	}
	pthread_mutex_unlock(&pool->lock);
	/* The queue is not stopped while the walker works. */
	if (r < 0 || !queue_push(pool->jobs, job, 0))
		job_free(job);
	return r;
}

int pool_drain(struct capture *capture)
{
	struct pool *pool = capture->pool;
	int r;

	pthread_mutex_lock(&pool->lock);
	while (pool->unfinished)
		pthread_cond_wait(&pool->moved, &pool->lock);
	r = pool->error;
	pthread_mutex_unlock(&pool->lock);
	return r;
}

/* With capture->lock held. */
static int append_segment(struct capture *capture, uint32_t number, struct segment *segment)
{
	struct manifest *manifest = capture->manifest;

	if (number >= capture->segment_capacity) {
		size_t capacity = capture->segment_capacity ? 2 * capture->segment_capacity : 64;
		struct segment *grown = reallocarray(manifest->segments, capacity, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		memset(grown + capture->segment_capacity, 0, (capacity - capture->segment_capacity) * sizeof(*grown));
		manifest->segments = grown;
		capture->segment_capacity = capacity;
	}
	manifest->segments[number] = *segment;
	*segment = (struct segment){ 0 };
	if (manifest->segment_count <= number)
		manifest->segment_count = (size_t)number + 1;
	capture->result->stored += manifest->segments[number].stored;
	return 0;
}

/* With the pool's lock held: all that is ready, in order. */
static int flush_finished(struct pool *pool)
{
	struct capture *capture = pool->capture;
	int r = 0;

	for (;;) {
		struct finished *finished = &pool->finished[pool->next_finished % pool->finished_size];

		if (r < 0 || !finished->ready)
			return r;
		pthread_mutex_lock(&capture->lock);
		r = append_segment(capture, pool->next_finished, &finished->segment);
		pthread_mutex_unlock(&capture->lock);
		if (r == 0)
			r = tables_add_rows(capture, TABLE_FILES, &finished->rows);
		pool->memory -= finished->rows.length;
		buffer_done(&finished->rows);
		finished->ready = false;
		pool->next_finished++;
		pthread_cond_broadcast(&pool->moved);
	}
}

int pool_segment_done(struct capture *capture, uint32_t number, struct segment *segment, struct buffer *rows)
{
	struct pool *pool = capture->pool;
	struct finished *finished;
	int r;

	if (number < capture->directories_reserved) {
		pthread_mutex_lock(&capture->lock);
		r = append_segment(capture, number, segment);
		pthread_mutex_unlock(&capture->lock);
		return r < 0 ? r : tables_add_rows(capture, TABLE_DIRECTORIES, rows);
	}
	pthread_mutex_lock(&pool->lock);
	finished = &pool->finished[number % pool->finished_size];
	finished->segment = *segment;
	*segment = (struct segment){ 0 };
	finished->rows = *rows;
	pool->memory += rows->length;
	*rows = (struct buffer){ 0 };
	finished->ready = true;
	r = flush_finished(pool);
	pthread_mutex_unlock(&pool->lock);
	return r;
}

int pool_wait_turn(struct capture *capture, const size_t *turn, size_t mine)
{
	struct pool *pool = capture->pool;
	int r;

	pthread_mutex_lock(&pool->lock);
	while (*turn != mine && !pool->error)
		pthread_cond_wait(&pool->moved, &pool->lock);
	r = *turn == mine ? 0 : pool->error;
	pthread_mutex_unlock(&pool->lock);
	return r;
}

void pool_turn_done(struct capture *capture, size_t *turn)
{
	struct pool *pool = capture->pool;

	pthread_mutex_lock(&pool->lock);
	++*turn;
	pthread_cond_broadcast(&pool->moved);
	pthread_mutex_unlock(&pool->lock);
}
