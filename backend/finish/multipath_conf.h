/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What multipathd of the restored system knows of disks: /etc/multipath/wwids (which ones it combines), /etc/multipath/bindings (their names) and
 * /etc/multipath.conf name them by WWID, which is another one where another disk takes the place of the saved one.
 */
#ifndef LIFEBOAT_FINISH_MULTIPATH_CONF_H
#define LIFEBOAT_FINISH_MULTIPATH_CONF_H

#include "job.h"

/* TEXT with the WWID of each captured disk as a whole word replaced by that of the disk that takes its place, appended to OUT. Number of
 * replacements, or -ENOMEM. */
MUST_CHECK int multipath_conf_correct(const struct plan *plan, const char *text, struct buffer *out);
/* Corrects the three files, and says where paths were gained or lost. 0 or -errno. */
MUST_CHECK int multipath_conf_finish(struct context *ctx, struct finish_job *job);

#endif
