/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a saved initramfs serves on this machine as it is. It is kept only where all that could speak against it was looked at: it
 * is whole, was made by a known tool and for more than one machine, carries every driver between here and the root filesystem with its
 * firmware, and nothing that it embeds was corrected or is different now.
 */
#ifndef LIFEBOAT_FINISH_INITRAMFS_KEEP_H
#define LIFEBOAT_FINISH_INITRAMFS_KEEP_H

#include "../core/macro.h"
#include "job.h"

/* NAMES: what the archive of kernel RELEASE holds (initramfs_list.h). LACKING: a driver that neither has; NULL: none. DRIVERS: those that are
 * needed. 0 with the reason to make a new one, half a sentence in a new string in *RET_WHY, NULL when the saved one serves; or -ENOMEM. */
MUST_CHECK int initramfs_judge(const struct finish_job *job, const char *release, const char *names, const char *lacking, char *const *drivers,
		    char **ret_why);

/* Whether NAMES are members of an archive that one of the usual tools made: it has a member that only archives of that tool have. */
bool initramfs_is_of_known_tool(const char *names);

#endif
