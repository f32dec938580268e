/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SELinux: the rescue system's kernel gives no labels to what programs make on the restored tree, so that those files
 * get theirs by setfiles(8) of the restored system. Where the set brought no labels at all, or there is no setfiles,
 * the system is told to label itself at its next start (/.autorelabel).
 */
#ifndef LIFEBOAT_FINISH_LABELS_H
#define LIFEBOAT_FINISH_LABELS_H

#include "../core/macro.h"
#include "job.h"

/* The whole step; the tree is entered. PATHS: vector of what was changed, relative to the root. Does nothing where
 * SELinux is off. */
MUST_CHECK int labels_finish(struct context *ctx, struct finish_job *job, void *paths);
/* Policy name ("targeted") in a new string when etc/selinux/config turns SELinux on, else NULL. */
char *labels_policy(int root_fd);

#endif
