/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The workers that turn jobs into segments, fed by one walker through a bounded queue. Results are put in order of their numbers.
 * The first error stops all.
 */
#ifndef LIFEBOAT_CAPTURE_POOL_H
#define LIFEBOAT_CAPTURE_POOL_H

#include "parts.h"

/* Starts capture->workers threads. 0 or -errno with a sentence. */
int pool_start(struct capture *capture);
/* Gives the job its number and hands it over; waits while the queue is full. Takes JOB, also on failure. 0, or the error that
 * stopped the pool. */
int pool_push(struct capture *capture, struct job *job);
/* The number the next job will get. */
uint32_t pool_next_number(struct capture *capture);
/* That number, for a segment that is made outside the pool when all jobs are done. */
uint32_t pool_take_number(struct capture *capture);
/* Waits until every job is done. 0, or the error that stopped the pool. */
int pool_drain(struct capture *capture);
/* Ends the threads and releases the pool. */
void pool_stop(struct capture *capture);
/* Puts a segment that was made outside the pool, and its rows, in order. */
int pool_segment_done(struct capture *capture, uint32_t number, struct segment *segment, struct buffer *rows);
/* Waits until *TURN is MINE; then the caller works and calls pool_turn_done(). -ECANCELED when the pool was stopped meanwhile. */
int pool_wait_turn(struct capture *capture, const size_t *turn, size_t mine);
void pool_turn_done(struct capture *capture, size_t *turn);

struct job *job_new(void);
void job_free(struct job *job);
/* An empty item at the job's end; NULL when out of memory. */
struct item *job_add(struct job *job);
void item_done(struct item *item);

/* pack.c: writes a job's items. 0 or -errno with a sentence. */
struct packer;
struct packer *packer_new(struct capture *capture);
void packer_free(struct packer *packer);
int packer_run(struct packer *packer, struct job *job);

#endif
