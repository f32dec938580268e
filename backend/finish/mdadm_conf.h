/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mdadm.conf of the restored system (mdadm.conf(5)): UUIDs and names in it are as they were, because the arrays have them again; what names devices -
 * DEVICE lines, and the words devices= of ARRAY lines - would keep mdadm from the members here.
 */
#ifndef LIFEBOAT_FINISH_MDADM_CONF_H
#define LIFEBOAT_FINISH_MDADM_CONF_H

#include "../core/macro.h"
#include "job.h"

/* The corrected text in OUT. Number of lines changed, or -ENOMEM. */
MUST_CHECK int mdadm_conf_correct(const struct plan *plan, const char *text, struct buffer *out);
/* The whole step on the job's tree. */
MUST_CHECK int mdadm_conf_finish(struct context *ctx, struct finish_job *job);

#endif
