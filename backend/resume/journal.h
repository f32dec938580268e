/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How far a restore came that may be interrupted: which segments are on the disks, what making it bootable changed, and which network settings the
 * restored machine is to have. It is a file at the top of the new root filesystem, so that the next run on these disks resumes. It counts only
 * together with the notes (unfinished.h): they say that the disks are those of this run.
 */
#ifndef LIFEBOAT_RESUME_JOURNAL_H
#define LIFEBOAT_RESUME_JOURNAL_H

#include "../core/macro.h"
#include "outcome.h"
#include "run.h"

/* Starts to keep the journal of RUN, which must live longer, while files are extracted. NULL, said at most in the log, where an interrupted
 * restore cannot be resumed. */
struct journal *journal_start(const struct restore_job *job, struct restore_run *run);
/* A segment of the run was finished (run_finish_segment()); any thread. NULL is ignored. */
void journal_segment(struct journal *journal);
/* Ends that and releases it; what is written stays. NULL is ignored. */
void journal_stop(struct journal *journal);
/* Notes that STAGE begins, with the OUTCOME so far, once everything is on the disks. 0; -errno when no journal is kept here, or it cannot be
 * written; what did not reach its disk is kept in RUN. */
MUST_CHECK int journal_mark(const struct restore_job *job, struct restore_run *run, const struct outcome *outcome, enum restore_stage stage);
/* Takes from the journal of the mounted disks what is needed where RUN is resumed: finished segments, and into OUTCOME what came of extracting
 * and of making the system bootable. 0; -errno with a sentence when there is none, or it is in doubt. */
MUST_CHECK int journal_read(const struct restore_job *job, struct restore_run *run, struct outcome *outcome);
/* Whether PATH, below the open directory of the new root at *DATA's root_fd, is gone or was changed since the boot phase that was interrupted
 * began. DATA is a struct journal_changes. */
struct journal_changes {
	int root_fd;
	time_t begun;
};
bool journal_was_changed(void *data, const char *path);
/* Removes it from below the open directory TOP of the new root. 0 or -errno. */
MUST_CHECK int journal_remove(int top);
/* Mount points below which nothing is there any more when the restore is resumed, in a new list in *RET. 0 or -ENOMEM. */
MUST_CHECK int journal_emptied(const struct plan *plan, char ***ret);

#endif
