/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A restore's run on its disks: what resume/ notes of it, and takes up again when it was interrupted. */
#ifndef LIFEBOAT_RESUME_RUN_H
#define LIFEBOAT_RESUME_RUN_H

#include <pthread.h>
#include <stdbool.h>
#include <time.h>

#include <jansson.h>

#include "../core/context.h"
#include "../core/digest.h"
#include "../set/manifest.h"

struct plan;

/* What a restore is at that has its filesystems. */
enum restore_stage { STAGE_EXTRACT, STAGE_BOOT, STAGE_VERIFY, STAGE_FINISH };

/* "extract", "boot", "verify", "finish": the names of their phases. */
const char *stage_name(enum restore_stage stage);
/* False, with *RET as it was, for other names and NULL. */
bool stage_parse(const char *name, enum restore_stage *ret);

/* What is restored, by which plan, and where the new system is mounted. All of it is borrowed for one call. */
struct restore_job {
	struct context *ctx;
	const char *root;
	const struct manifest *manifest;
	const struct plan *plan;     /* NULL: none was made yet */
	const struct layout *layout; /* what is to be made: the set's, as it is wanted */
	json_t *wishes;              /* how that is another than the set's (wanted/wishes.h); NULL: it is not */
	json_t *network;             /* what the restored machine is to have of the network settings (network/kept.h); NULL: nothing */
};

/* What a restore must have in common with the interrupted one, as one digest: the set with all its segments, the disks, and
 * everything that the plan makes on them. 0 or -ENOMEM. */
MUST_CHECK int restore_job_proof(const struct restore_job *job, char ret[DIGEST_HEX]);

struct restore_run {
	char *name;                  /* random: what the disks hold is of this run; NULL until they were made, or when it cannot be resumed */
	enum restore_stage resumed;  /* where it is resumed, when the plan resumes */
	json_t *results;             /* what the journal says of earlier stages (results.h); NULL: nothing yet */
	json_t *network;             /* what it says of the network settings, as the job has them; NULL: nothing */
	time_t boot_begun;           /* when the boot phase that was interrupted began; resumed there */
	bool noted;                  /* journal and notes are kept beyond the extract phase */
	char **late;                 /* ids of present disks with an unfinished restore that may have been started: it had all its files */
	char *unwritten;             /* what could not be brought to a disk when it was noted how far the restore came, as a sentence: the kernel
				      * tells that once, so no later sync will; NULL: nothing */

	pthread_mutex_t lock;        /* guards what follows; workers end segments at any time */
	bool *segments;              /* the finished ones, by place in the manifest's table; NULL: none */
	size_t segment_count;
};

/* Makes RUN ready; undone by run_done(). */
void run_init(struct restore_run *run);
void run_done(struct restore_run *run);
/* Gives what is made on the disks from now on a new name. Without one, which is no error, the restore cannot be resumed. */
void run_begin(struct restore_run *run);
/* Forgets what an earlier run is known to have done. */
void run_forget(struct restore_run *run);

/* Keeps for the end that what was written to the filesystem at WHERE in the new system did not reach its disk (ERROR, -errno): the first. */
void run_keep_unwritten(struct restore_run *run, const char *where, int error);

/* Makes room for COUNT segments, none of them finished, unless an earlier run finished some. 0 or -ENOMEM. */
MUST_CHECK int run_begin_segments(struct restore_run *run, size_t count);
/* From any thread. */
void run_finish_segment(struct restore_run *run, size_t number);
/* Number of finished segments. From any thread. */
size_t run_finished(struct restore_run *run);
/* A copy of the table of those that are finished, new; NULL when out of memory. */
bool *run_segments(struct restore_run *run);

#endif
