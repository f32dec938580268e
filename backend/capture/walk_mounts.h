/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names that something is mounted on. What lies beneath is on the disk and is captured like all else, unless another volume with files of
 * the machine stands there: then that is captured, and what it hides is said. */
#ifndef LIFEBOAT_CAPTURE_WALK_MOUNTS_H
#define LIFEBOAT_CAPTURE_WALK_MOUNTS_H

#include "walk_parts.h"

/* NULL when out of memory. */
struct walk_mounts *walk_mounts_new(const struct volumes *volumes);
void walk_mounts_free(struct walk_mounts *mounts);
/* Deals with a name that something is mounted on before it is looked at: 1 when that was all, 0 when what lies beneath is to be visited as
 * it is, -errno. */
int walk_mount_point(struct walker *walker, const struct visited *visited);
/* After the walk: says what other mounts are left out that must not be asked, below filesystems in memory and the like. 0 or -ENOMEM. */
int walk_mounts_say(struct walker *walker);
/* Makes the next volume pending that no walked directory led to, with the directories above it; 1, or 0 when all were reached. */
int walk_mounts_next(struct walker *walker);

/* VOLUME has something that is no directory. */
void walk_mounts_fill(struct walker *walker, const struct volume *volume);
/* After the walk: marks the mounts of the layout below which the set has no files of their filesystem. 0 or -ENOMEM. */
int walk_mounts_mark_empty(struct walker *walker);

#endif
