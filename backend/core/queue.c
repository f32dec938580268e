/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "queue.h"

#include <pthread.h>
#include <stdlib.h>

struct slot {
	void *item;
	uint64_t weight;
};

struct queue {
	pthread_mutex_t lock;    /* guards what follows */
	pthread_cond_t changed;
	struct slot *slots;      /* a ring */
	size_t size, first, filled;
	uint64_t weight, limit;
	bool ended, stopped;
};

struct queue *queue_new(size_t slots, uint64_t weight_limit)
{
	struct queue *queue = calloc(1, sizeof(*queue));

	if (!queue)
		return NULL;
	queue->slots = calloc(slots, sizeof(*queue->slots));
	if (!queue->slots) {
		free(queue);
		return NULL;
	}
	queue->size = slots;
	queue->limit = weight_limit;
	pthread_mutex_init(&queue->lock, NULL);
	pthread_cond_init(&queue->changed, NULL);
	return queue;
}

static bool has_room(const struct queue *queue, uint64_t weight)
{
	return queue->filled == 0 ||
	       (queue->filled < queue->size && weight <= queue->limit && queue->weight <= queue->limit - weight);
}

bool queue_push(struct queue *queue, void *item, uint64_t weight)
{
	bool taken;

	pthread_mutex_lock(&queue->lock);
	while (!queue->stopped && !has_room(queue, weight))
		pthread_cond_wait(&queue->changed, &queue->lock);
	taken = !queue->stopped;
	if (taken) {
		queue->slots[(queue->first + queue->filled) % queue->size] = (struct slot){ item, weight };
		queue->filled++;
		queue->weight += weight;
		pthread_cond_broadcast(&queue->changed);
	}
	pthread_mutex_unlock(&queue->lock);
	return taken;
}

void *queue_take(struct queue *queue)
{
	struct slot slot = { 0 };

	pthread_mutex_lock(&queue->lock);
	while (queue->filled == 0 && !queue->ended)
		pthread_cond_wait(&queue->changed, &queue->lock);
	if (queue->filled > 0) {
		slot = queue->slots[queue->first];
		queue->first = (queue->first + 1) % queue->size;
		queue->filled--;
		queue->weight -= slot.weight;
		pthread_cond_broadcast(&queue->changed);
	}
	pthread_mutex_unlock(&queue->lock);
	return slot.item;
}

static void close_queue(struct queue *queue, bool stopped)
{
	pthread_mutex_lock(&queue->lock);
	queue->ended = true;
	queue->stopped |= stopped;
	pthread_cond_broadcast(&queue->changed);
	pthread_mutex_unlock(&queue->lock);
}

void queue_end(struct queue *queue)
{
	close_queue(queue, false);
}

void queue_stop(struct queue *queue)
{
	close_queue(queue, true);
}

void queue_free(struct queue *queue, void (*free_item)(void *item))
{
	if (!queue)
		return;
	for (; queue->filled > 0; queue->filled--, queue->first = (queue->first + 1) % queue->size)
		free_item(queue->slots[queue->first].item);
	pthread_cond_destroy(&queue->changed);
	pthread_mutex_destroy(&queue->lock);
	free(queue->slots);
	free(queue);
}
