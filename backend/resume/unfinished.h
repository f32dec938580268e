/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A restore that is interrupted, by a power failure say, leaves disks that are no longer blank. A note at the top of each new
 * filesystem says until the restore ends that nothing but this restore ever was there, and how far it came, so that the next one
 * may resume it, or begin again unattended.
 */
#ifndef LIFEBOAT_RESUME_UNFINISHED_H
#define LIFEBOAT_RESUME_UNFINISHED_H

#include "../core/macro.h"
#include "../layout/layout.h"
#include "journal.h"

struct plan;

/* Writes the notes, through to the disks: STAGE of RUN has begun. 0 or -errno; what did not reach its disk is kept in RUN. */
MUST_CHECK int unfinished_mark(const struct restore_job *job, struct restore_run *run, enum restore_stage stage);
/* Puts right what an interrupted unfinished_mark() may have left: times of the directories that hold the notes. 0 or -errno. */
MUST_CHECK int unfinished_take_up(const struct restore_job *job);
/* Takes them away, with the journal, wherever it can. 0 or -errno with a sentence; what did not reach its disk is kept in RUN. */
MUST_CHECK int unfinished_clear(const struct restore_job *job, struct restore_run *run);
/* Whether such a note is at the top of what is mounted at ROOT. */
bool unfinished_is_noted(const char *root);
/* Marks the disks of PRESENT, but those of PROTECTED_DISKS (kernel names), that hold nothing but an unfinished restore of the job's set
 * (disk_info.unfinished): table and all contents are those that the set has for one disk, none is beside them, and a note says so of this very
 * disk; there is boot code only when the note says that it came so far. Adds the ids of those that came so far to *LATE. The job's root is used
 * to mount on. 0 or -ENOMEM. */
MUST_CHECK int unfinished_find(const struct restore_job *job, char *const *protected_disks, struct layout *present, char ***late);
/* Whether every disk that the job's plan erases holds an unfinished restore that one and the same earlier run of this plan made:
 * then that is RUN's name, and where it is resumed the stage it had reached on all of them. */
bool unfinished_can_resume(const struct restore_job *job, char *const *protected_disks, struct restore_run *run);

#endif
