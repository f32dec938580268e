/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Programs the operator left for this moment: executables in etc/lifeboat/fix.d of the restored system, run inside it
 * in the order of their names, after everything else.
 */
#ifndef LIFEBOAT_FINISH_FIX_SCRIPTS_H
#define LIFEBOAT_FINISH_FIX_SCRIPTS_H

#include "../core/macro.h"
#include "job.h"

/* The whole step; the tree is at rest. A script that fails is a reason, and makes the result incomplete; the others run
 * all the same. How many paths they changed is a reason too. */
MUST_CHECK int fix_scripts_run(struct context *ctx, struct finish_job *job);

#endif
