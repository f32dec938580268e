/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Times of directories, set last: whatever was made or replaced in them after they were restored. */
#ifndef LIFEBOAT_RESTORE_DIRECTORY_TIMES_H
#define LIFEBOAT_RESTORE_DIRECTORY_TIMES_H

#include "../core/macro.h"
#include "../set/set.h"

/* Gives those of PATHS (relative to ROOT_FD; NULL-ended, may be NULL) that are directories of the set the modification times that the set
 * has. 0 or -errno with a sentence. */
MUST_CHECK int directory_times_put_back(struct context *ctx, struct set *set, int root_fd, char *const *paths);

#endif
