/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What finishing changed on the tree, found out rather than guessed: everything whose change time (ctime, which
 * programs cannot set) is not before the mark taken at the start, and everything in the directories programs write to
 * that was there then and is gone now. What had a later time already then, because the clock was set back, or because vfat takes
 * the time that was saved, counts as changed only when it has another one.
 */
#ifndef LIFEBOAT_FINISH_CHANGES_H
#define LIFEBOAT_FINISH_CHANGES_H

#include <stdbool.h>
#include <time.h>

#include "../core/context.h"
#include "../core/pathset.h"

struct changes {
	int root_fd;             /* borrowed */
	struct timespec mark;
	bool whole_seconds;      /* some filesystem keeps no fractions (ext with inodes of 128 bytes) */
	char *names;             /* NUL-ended paths that were there, one after the other; owned */
	size_t length, capacity;
	struct path_key key;
	struct pathset later;    /* paths with the times that they had, where these were not before the mark when it was taken */
};

/* Takes the mark, the names and the later times. 0 or -errno with a sentence. */
MUST_CHECK int changes_begin(struct context *ctx, int root_fd, struct changes *changes);
/* Appends every changed, new and removed path, relative to the root, to *PATHS; the root itself is ".". 0 or -errno
 * with a sentence. */
MUST_CHECK int changes_collect(struct context *ctx, const struct changes *changes, char ***paths);
void changes_done(struct changes *changes);

#endif
