/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads segments ahead of the workers: one thread, or as many as suit the place that the set lies at, load and verify them, begun in order, so that
 * the medium is read without a pause while the index is read, directories are made and the workers unpack. What is in memory is bounded in bytes.
 */
#ifndef LIFEBOAT_RESTORE_FEED_H
#define LIFEBOAT_RESTORE_FEED_H

#include "../core/macro.h"
#include "work.h"

struct feed;

/* Starts on the FILES segments that are selected and not skipped, with at most LIMIT bytes of them in memory. 0 or -errno with a sentence. */
MUST_CHECK int feed_start(struct extraction *work, uint64_t limit, struct feed **ret);
/* How many segments it gives. */
size_t feed_count(const struct feed *feed);
/* The next segment: 1 with *RET_DATA owned by the caller; 0 when there are no more or the work was stopped; -errno with the sentence in CTX
 * when segment *RET_SEGMENT could not be loaded. */
MUST_CHECK int feed_take(struct feed *feed, struct context *ctx, size_t *ret_segment, void **ret_data);
/* Segment SEGMENT, taken before, is no longer in memory. */
void feed_release(struct feed *feed, size_t segment);
/* Ends the threads and releases all. NULL is ignored. */
void feed_stop(struct feed *feed);

#endif
