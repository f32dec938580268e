/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bounded queue of pointers between threads: by number, and by weight (bytes of what waits, say), so that a quick producer does not
 * fill the memory. Items leave in the order in which they came.
 */
#ifndef LIFEBOAT_CORE_QUEUE_H
#define LIFEBOAT_CORE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "macro.h"

struct queue;

/* Room for SLOTS items that weigh at most WEIGHT_LIMIT together; one item may wait whatever it weighs. NULL without memory. */
struct queue *queue_new(size_t slots, uint64_t weight_limit);

/* Waits for room and takes ITEM over. False when the queue was stopped: ITEM stays the caller's. */
MUST_CHECK bool queue_push(struct queue *queue, void *item, uint64_t weight);

/* Waits for an item and gives it away; NULL when none is left and none will come. */
void *queue_take(struct queue *queue);

/* No more items will come: who takes gets those that wait, then NULL. */
void queue_end(struct queue *queue);

/* The same, and who pushes is told: nobody will take what comes. */
void queue_stop(struct queue *queue);

/* Frees the queue, which no other thread uses any more, and with FREE_ITEM what still waits in it. QUEUE may be NULL. */
void queue_free(struct queue *queue, void (*free_item)(void *item));

#endif
