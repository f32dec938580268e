/* SPDX-License-Identifier: GPL-3.0-or-later */
/* etc/veritytab and etc/integritytab of the restored system (veritytab(5), integritytab(5)): devices that only the old machine had by that name
 * are corrected. The start of the system would wait for an entry whose device is not there: in veritytab it gets the option nofail; integritytab
 * knows no such option, and the entry becomes a comment.
 */
#ifndef LIFEBOAT_FINISH_VERITY_TABLES_H
#define LIFEBOAT_FINISH_VERITY_TABLES_H

#include "../core/macro.h"
#include "job.h"

/* The corrected TEXT of FILE, "etc/veritytab" or "etc/integritytab", in OUT; what is to be said in *NOTES. Number of entries changed, or -ENOMEM. */
MUST_CHECK int verity_table_correct(const struct plan *plan, const char *file, const char *text, struct buffer *out, char ***notes);

/* Appends the devices ("/dev/mapper/NAME") that the entries of the job's tree open whose own devices are there. 0 or -ENOMEM. */
MUST_CHECK int verity_tables_opened(struct finish_job *job, char ***ret);

/* The whole step on the job's tree. */
MUST_CHECK int verity_tables_finish(struct context *ctx, struct finish_job *job);

#endif
