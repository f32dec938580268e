/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ring.h"

#include <pthread.h>
#include <string.h>

#include "../core/clock.h"

#define STREAM_S 4.0 /* seconds of writing that wait before the drive begins: a stop and a start cost it about as much */

struct ring {
	pthread_mutex_t lock; /* guards what follows but the bytes of blocks */
	pthread_cond_t changed;
	char *bytes;
	size_t block, count; /* blocks */
	size_t first, filled; /* blocks that wait: the first of them, how many */
	size_t partly; /* bytes of the block behind those */
	size_t enough; /* blocks with which the drive begins */
	bool running; /* the drive has begun, and was not left without a block since */
	bool ended, stopped;
	unsigned underruns;
	double waited;
};

struct ring *ring_new(size_t capacity, size_t block)
{
	struct ring *ring = calloc(1, sizeof(*ring));

	if (!ring)
		return NULL;
	ring->block = block;
	ring->count = capacity / block < 4 ? 4 : capacity / block;
	ring->enough = ring->count / 2;
	ring->bytes = malloc(ring->count * block);
	if (!ring->bytes) {
		free(ring);
		return NULL;
	}
	pthread_mutex_init(&ring->lock, NULL);
	pthread_cond_init(&ring->changed, NULL);
	return ring;
}

void ring_free(struct ring *ring)
{
	if (!ring)
		return;
	pthread_mutex_destroy(&ring->lock);
	pthread_cond_destroy(&ring->changed);
	free(ring->bytes);
	free(ring);
}

/* The block that is being filled, once there is one; NULL: stopped. */
static char *wait_for_room(struct ring *ring)
{
	char *block = NULL;

	pthread_mutex_lock(&ring->lock);
	while (!ring->stopped && ring->filled == ring->count)
		pthread_cond_wait(&ring->changed, &ring->lock);
	if (!ring->stopped)
		block = ring->bytes + (ring->first + ring->filled) % ring->count * ring->block;
	pthread_mutex_unlock(&ring->lock);
	return block;
}

static void block_is_full(struct ring *ring)
{
	pthread_mutex_lock(&ring->lock);
	ring->partly = 0;
	ring->filled++;
	pthread_cond_broadcast(&ring->changed);
	pthread_mutex_unlock(&ring->lock);
}

bool ring_put(struct ring *ring, const void *data, size_t length)
{
	const char *at = data;

	while (length) {
		char *block = wait_for_room(ring);
		size_t n = ring->block - ring->partly;

		if (!block)
			return false;
		if (n > length)
			n = length;
		memcpy(block + ring->partly, at, n);
		ring->partly += n;
		at += n;
		length -= n;
		if (ring->partly == ring->block)
			block_is_full(ring);
	}
	return true;
}

void ring_end(struct ring *ring)
{
	char *block = ring->partly ? wait_for_room(ring) : NULL;

	if (block) {
		memset(block + ring->partly, 0, ring->block - ring->partly);
		block_is_full(ring);
	}
	pthread_mutex_lock(&ring->lock);
	ring->ended = true;
	pthread_cond_broadcast(&ring->changed);
	pthread_mutex_unlock(&ring->lock);
}

void ring_stop(struct ring *ring)
{
	pthread_mutex_lock(&ring->lock);
	ring->stopped = true;
	pthread_cond_broadcast(&ring->changed);
	pthread_mutex_unlock(&ring->lock);
}

/* With the lock held. */
static bool may_take(const struct ring *ring)
{
	return ring->ended || ring->filled >= (ring->running ? 1 : ring->enough);
}

const void *ring_take(struct ring *ring)
{
	const char *block = NULL;
	bool underrun;
	double since;

	pthread_mutex_lock(&ring->lock);
	underrun = ring->running && !may_take(ring);
	since = underrun ? clock_now() : 0;
	if (underrun)
		ring->running = false;
	while (!ring->stopped && !may_take(ring))
		pthread_cond_wait(&ring->changed, &ring->lock);
	/* That nothing more comes is no wait. */
	if (underrun && ring->filled) {
		ring->underruns++;
		ring->waited += clock_now() - since;
	}
	if (!ring->stopped && ring->filled) {
		ring->running = true;
		block = ring->bytes + ring->first * ring->block;
	}
	pthread_mutex_unlock(&ring->lock);
	return block;
}

void ring_release(struct ring *ring)
{
	pthread_mutex_lock(&ring->lock);
	ring->first = (ring->first + 1) % ring->count;
	ring->filled--;
	pthread_cond_broadcast(&ring->changed);
	pthread_mutex_unlock(&ring->lock);
}

void ring_set_rate(struct ring *ring, double rate)
{
	double blocks = rate * STREAM_S / (double)ring->block;
	size_t most = ring->count * 3 / 4;

	pthread_mutex_lock(&ring->lock);
	ring->enough = blocks < 1 ? 1 : blocks > (double)most ? most : (size_t)blocks;
	pthread_mutex_unlock(&ring->lock);
}

unsigned ring_underruns(struct ring *ring, double *ret_seconds)
{
	unsigned underruns;

	pthread_mutex_lock(&ring->lock);
	underruns = ring->underruns;
	*ret_seconds = ring->waited;
	pthread_mutex_unlock(&ring->lock);
	return underruns;
}
