/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether the files of a set fit onto the filesystems that a plan makes, found out from the index before anything is erased: by what
 * will be written, not by what was in use. Files that shared blocks come back one by one, and files of a disk that is not restored
 * land on another filesystem than they came from.
 */
#ifndef LIFEBOAT_RESTORE_ROOM_H
#define LIFEBOAT_RESTORE_ROOM_H

#include "../core/macro.h"
#include "../plan/plan.h"
#include "../set/index.h"
#include "../set/set.h"

/* Reads the whole index of SET, of which ALSO is shown every row, too. 0; -ENOSPC with a sentence when some filesystem surely cannot hold its files;
 * what is not certain is said as a warning and added to plan->doubts; -EBADMSG and the like when the index cannot be read. */
MUST_CHECK int room_check(struct context *ctx, struct set *set, struct plan *plan, const struct index_visitor *also);

#endif
