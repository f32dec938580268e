/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The segments of directories, which the walk writes while others pack files. How many there will be is not known then, but files' segments
 * follow them in number: so many numbers are set aside beforehand as the filesystems' inodes can need. One that is not needed stays empty. */
#ifndef LIFEBOAT_CAPTURE_WALK_DIRECTORIES_H
#define LIFEBOAT_CAPTURE_WALK_DIRECTORIES_H

#include "walk_parts.h"

/* Sets numbers aside for them: before the pool is opened, when the volumes are open. */
void walk_reserve(struct capture *capture);
/* All: 0 or -errno. */
int walk_begin_directories(struct walker *walker);
int walk_end_directories(struct walker *walker);
/* Writes a directory's entry. FD -1: one that cannot be opened, or whose inside is not captured. */
int walk_emit_directory(struct walker *walker, const char *path, const struct stat *st, int fd);

#endif
