/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Blocks between who makes a stream, of whatever pace, and a drive that wants to be kept streaming: the drive begins only when enough waits, and each
 * time that it is left without a block is counted. One thread on either side.
 */
#ifndef LIFEBOAT_TAPE_RING_H
#define LIFEBOAT_TAPE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../core/macro.h"

struct ring;

/* Of about CAPACITY bytes, at least four blocks. NULL: out of memory. */
struct ring *ring_new(size_t capacity, size_t block);
void ring_free(struct ring *ring);
/* Waits for room. False: it was stopped. */
MUST_CHECK bool ring_put(struct ring *ring, const void *data, size_t length);
/* Nothing more comes: the last block is filled up with zeros. */
void ring_end(struct ring *ring);
/* Neither side waits any more. */
void ring_stop(struct ring *ring);
/* The next block, which stays the ring's until ring_release(); NULL at the end, and when it was stopped. */
const void *ring_take(struct ring *ring);
void ring_release(struct ring *ring);
/* The drive takes so many bytes a second: it begins again with as much as it writes in some seconds. */
void ring_set_rate(struct ring *ring, double rate);
/* How often the drive was left without a block that came later, and for how many seconds. */
unsigned ring_underruns(struct ring *ring, double *ret_seconds);

#endif
