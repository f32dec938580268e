/* SPDX-License-Identifier: GPL-3.0-or-later */
/* etc/crypttab of the restored system (crypttab(5)): devices that only the old machine had by that name are corrected; entries whose
 * device is not there get the option nofail, as the start of the system would wait for them.
 */
#ifndef LIFEBOAT_FINISH_CRYPTTAB_H
#define LIFEBOAT_FINISH_CRYPTTAB_H

#include "../core/macro.h"
#include "job.h"

/* The corrected TEXT of FILE in OUT: devices, those that keys and headers lie on, too; what is to be said in *NOTES. Number of entries changed, or
 * -ENOMEM. */
MUST_CHECK int crypttab_correct(const struct plan *plan, const char *file, const char *text, struct buffer *out, char ***notes);

/* The devices ("/dev/mapper/NAME") that the entries open whose own devices are there. 0 or -ENOMEM. */
MUST_CHECK int crypttab_names(const struct plan *plan, const char *text, char ***ret);
/* The same of the job's tree; none where it has no crypttab that can be read. */
MUST_CHECK int crypttab_opened(struct finish_job *job, char ***ret);

/* The whole step on the job's tree. */
MUST_CHECK int crypttab_finish(struct context *ctx, struct finish_job *job);

#endif
