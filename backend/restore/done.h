/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which segments an earlier run finished, so that they are skipped. */
#ifndef LIFEBOAT_RESTORE_DONE_H
#define LIFEBOAT_RESTORE_DONE_H

#include "../core/macro.h"
#include "work.h"

/* Marks in work->skip the segments that an earlier run finished: not those with pieces of large files or with the flags i
 * and a, because what comes at the end has to be known again; nor what lay below an emptied directory. 0 or -errno. */
MUST_CHECK int done_find(struct extraction *work);

#endif
