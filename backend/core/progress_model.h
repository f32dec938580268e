/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long a job still takes: one model in seconds for all its steps. A step's work is known in bytes and files, or as a list of parts
 * that take some seconds each; what they take on an ordinary machine stands in one table, and how much slower (or faster) this
 * machine is, is learnt from what it has done so far, each kind of work on its own. Pure arithmetic: the caller brings the clock, which stands still
 * while a person or a medium is waited for. Not for several threads at once.
 */
#ifndef LIFEBOAT_CORE_PROGRESS_MODEL_H
#define LIFEBOAT_CORE_PROGRESS_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What a step does with its bytes and files. */
enum progress_work {
	PROGRESS_CHECK,          /* reads a set and computes digests */
	PROGRESS_EXTRACT,        /* writes files */
	PROGRESS_COMPARE,        /* reads files */
	PROGRESS_PACK,           /* reads and compresses files */
	PROGRESS_COPY,           /* moves bytes from here to there */
	PROGRESS_PARTS,          /* nothing that is counted: parts */
};

/* What is told of a job. */
struct progress_tale {
	double fraction;         /* 0 to 1, never less than before */
	double step_left;        /* seconds that the running step still takes; -1 while that has not settled */
	double left;             /* seconds for the whole job; -1 while that has not settled, or is mostly a guess about later steps */
};

/* A new model without steps; NULL when out of memory. */
struct progress_model *progress_model_new(void);
void progress_model_free(struct progress_model *model);

/* Adds a step that will come. SECONDS: of a step of parts, on an ordinary machine. The step's number, or -ENOMEM. */
ssize_t progress_model_add(struct progress_model *model, enum progress_work work, uint64_t bytes, uint64_t files, double seconds);

/* The functions below take NOW, seconds of the job's own clock, which never runs backwards. */
/* Step STEP runs now, and has so much to do; 0 and 0: unknown, unless it is one of parts. A step may begin again. */
void progress_model_begin(struct progress_model *model, double now, size_t step, uint64_t bytes, uint64_t files);
/* What the running step has done, and all it has to do. */
void progress_model_see(struct progress_model *model, double now, uint64_t bytes, uint64_t files, uint64_t bytes_total,
			uint64_t files_total);
/* The counters of the running step were set to other values: what they stand for was not done just now. */
void progress_model_rebase(struct progress_model *model, double now, uint64_t bytes, uint64_t files);
/* The running step has a part NAME that takes SECONDS on an ordinary machine. Its parts replace the step's own seconds. 0 or -ENOMEM. */
int progress_model_expect(struct progress_model *model, const char *name, double seconds);
/* The part NAME runs now: the one before and those that were skipped have ended. An unexpected one is short. */
void progress_model_part(struct progress_model *model, double now, const char *name);
void progress_model_end(struct progress_model *model, double now);

struct progress_tale progress_model_tell(struct progress_model *model, double now);

#endif
