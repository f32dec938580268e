/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Jobs on their way to be segments: a bounded queue that the walk fills and packers empty, and the finished segments, put in order of their
 * numbers. The first error stops all.
 */
#ifndef LIFEBOAT_CAPTURE_POOL_H
#define LIFEBOAT_CAPTURE_POOL_H

#include "../set/manifest.h"
#include "job.h"

struct capture;

/* Makes capture->pool. 0 or -errno with a sentence. */
int pool_open(struct capture *capture);
/* Nothing is handed over any more: pool_take() gives NULL when the queue is empty. */
void pool_end(struct capture *capture);
/* Releases the pool, when nobody works on it. */
void pool_close(struct capture *capture);
/* Gives the job its number and hands it over; waits while the queue is full, or jobs and the rows of
 * segments that wait for those before them take capture->job_bytes of memory. Takes JOB, also on failure. 0, or the error that
 * stopped the pool. */
int pool_push(struct capture *capture, struct job *job);
/* The next job, now the caller's, who calls pool_job_done() with its job_memory() when it is done and freed; waits for one. NULL at the end.
 * *RET_FAILED: an error stopped the pool, and the job is only to be thrown away. */
struct job *pool_take(struct capture *capture, bool *ret_failed);
void pool_job_done(struct capture *capture, uint64_t memory);
/* Stops the pool with ERROR (-errno), unless another one has stopped it. */
void pool_fail(struct capture *capture, int error);
/* The number the next job will get. */
uint32_t pool_next_number(struct capture *capture);
/* That number, for a segment that is made outside the pool when all jobs are done. */
uint32_t pool_take_number(struct capture *capture);
/* Waits until every job is done. 0, or the error that stopped the pool. */
int pool_drain(struct capture *capture);
/* Puts a segment that was made outside the pool, and its rows, in order. */
int pool_segment_done(struct capture *capture, uint32_t number, struct segment *segment, struct buffer *rows);
/* Waits until *TURN is MINE; then the caller works and calls pool_turn_done(). -ECANCELED when the pool was stopped meanwhile. */
int pool_wait_turn(struct capture *capture, const size_t *turn, size_t mine);
void pool_turn_done(struct capture *capture, size_t *turn);

#endif
