/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan_words.h"

#include "../core/sentence.h"

/* By the stage in which the interrupted restore on the target is resumed. */
static const char *const resumes[] = {
	[STAGE_EXTRACT] = N_("The target holds an interrupted restore of this set. It is resumed: files that are back already stay. Only if "
			     "that cannot be done, everything is erased and restored again, as listed here."),
	[STAGE_BOOT] = N_("The target holds an interrupted restore of this set with all its files. It is resumed: the system is made bootable "
			  "and verified. Only if that cannot be done, everything is erased and restored again, as listed here."),
	[STAGE_VERIFY] = N_("The target holds an interrupted restore of this set, already made bootable. It is resumed: it is verified. Only if "
			    "that cannot be done, everything is erased and restored again, as listed here."),
	[STAGE_FINISH] = N_("The target holds an interrupted restore of this set, already verified. It is brought to its end. Only if that "
			    "cannot be done, everything is erased and restored again, as listed here."),
};

const char *plan_resume_words(enum restore_stage stage)
{
	return resumes[stage];
}
