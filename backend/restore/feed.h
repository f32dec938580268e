/* Reads segments ahead of the workers: one thread loads and verifies them, in order, so that the medium is read without a pause
 * while the workers unpack. What is in memory is bounded in bytes.
 */
#ifndef LIFEBOAT_RESTORE_FEED_H
#define LIFEBOAT_RESTORE_FEED_H

#include "work.h"

struct feed;

/* Starts on the COUNT segments ORDER (places in the manifest's table; borrowed). 0 or -errno with a sentence. */
int feed_start(struct extraction *work, const size_t *order, size_t count, struct feed **ret);
/* The next segment: 1 with *RET_DATA owned by the caller, 0 when there are no more or the work was stopped. */
int feed_take(struct feed *feed, size_t *ret_segment, void **ret_data);
/* Segment SEGMENT, taken before, is no longer in memory. */
void feed_release(struct feed *feed, size_t segment);
/* Ends the thread and releases all. NULL is ignored. */
void feed_stop(struct feed *feed);

#endif
