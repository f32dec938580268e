/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds the notes (unfinished.h) that an interrupted restore left on the disks of this machine. */
#ifndef LIFEBOAT_RESUME_UNFINISHED_FIND_H
#define LIFEBOAT_RESUME_UNFINISHED_FIND_H

#include "../core/macro.h"
#include "../layout/layout.h"
#include "run.h"

/* Marks the disks of PRESENT, but those of PROTECTED_DISKS (kernel names), that hold nothing but an unfinished restore of the job's set
 * (disk_info.unfinished): table and all contents are those that the set has for one disk, none is beside them, and a note says so of this very
 * disk; there is boot code only when the note says that it came so far. Adds the ids of those that came so far to *LATE. The job's root is used
 * to mount on. 0 or -ENOMEM. */
MUST_CHECK int unfinished_find(const struct restore_job *job, char *const *protected_disks, struct layout *present, char ***late);
/* Whether a disk of PRESENT that is not marked so looks like one of the job's layout: an interrupted restore may be on it, noted where nobody
 * looked. */
bool unfinished_is_possible(const struct restore_job *job, char *const *protected_disks, const struct layout *present);
/* The changes of the plan that an unfinished restore of the job's set was made with, as its note on a disk of PRESENT says; NULL: none. New
 * reference; whoever applies them checks them. */
json_t *unfinished_wishes(const struct restore_job *job, char *const *protected_disks, const struct layout *present);
/* Whether every disk that the job's plan erases holds an unfinished restore that one and the same earlier run of this plan made:
 * then that is RUN's name, and where it is resumed the stage it had reached on all of them. PRESENT: the disks, as they can be looked into now. */
bool unfinished_can_resume(const struct restore_job *job, char *const *protected_disks, const struct layout *present, struct restore_run *run);

#endif
