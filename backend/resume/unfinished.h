/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A restore that is interrupted, by a power failure say, leaves disks that are no longer blank. A note at the top of each new
 * filesystem says until the restore ends that nothing but this restore ever was there, and how far it came, so that the next one
 * may resume it, or begin again unattended.
 */
#ifndef LIFEBOAT_RESUME_UNFINISHED_H
#define LIFEBOAT_RESUME_UNFINISHED_H

#include "../core/macro.h"
#include "run.h"

/* Writes the notes, through to the disks: STAGE of RUN has begun. 0 or -errno; what did not reach its disk is kept in RUN. */
MUST_CHECK int unfinished_mark(const struct restore_job *job, struct restore_run *run, enum restore_stage stage);
/* Puts right what an interrupted unfinished_mark() may have left: times of the directories that hold the notes. 0 or -errno. */
MUST_CHECK int unfinished_take_up(const struct restore_job *job);
/* Takes them away, with the journal, wherever it can. 0 or -errno with a sentence; what did not reach its disk is kept in RUN. */
MUST_CHECK int unfinished_clear(const struct restore_job *job, struct restore_run *run);
/* Whether such a note is at the top of what is mounted at ROOT. */
bool unfinished_is_noted(const char *root);

#endif
