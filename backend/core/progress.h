/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Progress of a whole job: named steps, one running at a time, each counted by any number of threads. What remains is told in seconds
 * (progress_model.h). The whole never runs backwards and reaches its end only when every step ended. Time in which a person or a medium
 * is waited for is not counted. At most five events a second go out (event "progress").
 */
#ifndef LIFEBOAT_CORE_PROGRESS_H
#define LIFEBOAT_CORE_PROGRESS_H

#include "context.h"
#include "progress_model.h"

enum progress_side { PROGRESS_NONE, PROGRESS_READ, PROGRESS_WRITE };

/* A new job without steps; freed by progress_free(). */
struct progress *progress_new(void);
void progress_free(struct progress *progress);

/* Tells of the running step once a second even while nothing moves, until the progress is freed: so that the clock runs on and a
 * side that stands still is named. To ctx, which must live as long. 0 or -errno. */
int progress_keep_telling(struct progress *progress, struct context *ctx);

/* Adds a step that will come: NAME for programs, TITLE for people; it does WORK with about so many BYTES and FILES. 0 or -ENOMEM. */
int progress_plan(struct progress *progress, const char *name, const char *title, enum progress_work work, uint64_t bytes,
		  uint64_t files);
/* The same for a step of parts, which take about SECONDS on an ordinary machine. */
int progress_plan_parts(struct progress *progress, const char *name, const char *title, double seconds);

/* All that follow do nothing when ctx->progress is NULL. */
/* Starts the planned step NAME (an unplanned one takes no time); TOTAL bytes and FILES are what will be counted, 0: unknown. */
void progress_begin(struct context *ctx, const char *name, uint64_t total, uint64_t files);
/* The running step, which is one of parts, will have the part PART, after those that were told before. */
void progress_expect(struct context *ctx, const char *part, double seconds);
/* PART runs now: the one before has ended, and those between were not needed. */
void progress_part(struct context *ctx, const char *part);
/* Counts work done in the running step. */
void progress_add(struct context *ctx, uint64_t bytes, uint64_t files);
/* Work is begun again where it was interrupted: the counters stand at what is done for good. */
void progress_rebase(struct context *ctx, uint64_t bytes, uint64_t files);
/* Names what is being worked on now; bytes, escaped when sent. One of many: those that would not be seen are dropped. */
void progress_item(struct context *ctx, const char *item);
/* The same for what may take minutes: it is kept, and told at once. */
void progress_task(struct context *ctx, const char *task);
/* Tells which side the work waits for now, to name a stall. */
void progress_waits(struct context *ctx, enum progress_side side);
/* Ends the running step: it counts as whole. */
void progress_end(struct context *ctx);
/* The clock stands still between pause and resume; pairs may lie in each other. */
void progress_pause(struct context *ctx);
void progress_resume(struct context *ctx);

/* Share of the whole that is done, 0 to 1. */
double progress_fraction(const struct progress *progress);

#endif
