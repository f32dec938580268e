/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What can be restored of a set although parts of it are damaged: all that lies in intact segments anyway; and what the index tells of the
 * others - every directory, additional name, link and file without data. The rest is listed by name.
 */
#ifndef LIFEBOAT_RESTORE_SALVAGE_H
#define LIFEBOAT_RESTORE_SALVAGE_H

#include "../core/macro.h"
#include "worker.h"

/* What the index tells of entries in spoilt segments of KIND is put onto the tree by EACH: directories, additional names, and files without
 * data lack only their extended attributes then. 0 or -errno. */
MUST_CHECK int salvage_rows(struct worker *worker, enum segment_kind kind, int (*each)(struct worker *worker));
/* At the end: lists what could not be salvaged. 0 or -errno. */
MUST_CHECK int salvage_list(struct extraction *work);
/* PATH is an additional name of FIRST, which is not there: lists it where damage costs its content. 0; -ENOENT: that is not the reason. */
MUST_CHECK int salvage_name(struct extraction *work, const char *path, const char *first);
/* Makes the directories above the present entry, which the set cannot tell of any more. */
void salvage_parents(struct worker *worker, const char *path);

#endif
