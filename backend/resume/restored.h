/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The note a restored system carries of its restore, var/lib/lifeboat/restored.json: an unattended rescue that meets it does not
 * restore the same set again, so that a machine that boots rescue media by itself does not go round in circles. Where that directory
 * lies on an array, a volume or in a container, which a rescue system does not bring up, etc/lifeboat, or lifeboat/ of a boot partition has it, too.
 */
#ifndef LIFEBOAT_RESUME_RESTORED_H
#define LIFEBOAT_RESUME_RESTORED_H

#include <stdbool.h>

#include "end_state.h"
#include "run.h"

struct layout;

/* What such a note says. */
struct restored {
	enum end_state end;
	char *when;                  /* a time, for a sentence; owned by the caller; NULL: out of memory */
};

/* True, with *RET, when a disk of PRESENT carries the very set of MANIFEST, restored. Mounts read-only at WHERE and unmounts again; what cannot
 * be mounted or read counts as not there. */
bool restored_is_here(struct context *ctx, const struct manifest *manifest, const char *where, const struct layout *present,
		      struct restored *ret);
/* Writes the note for END, and copies the LOG (path; NULL: there is none) to var/log/lifeboat/, below the mounted new system: then its path
 * there is in *RET_LOG (static). Failing is a warning. */
void restored_write(const struct restore_job *job, enum end_state end, const char *log, const char **ret_log);

#endif
