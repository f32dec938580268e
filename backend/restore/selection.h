/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which entries of a set are asked for: paths and all that lies below them, the directories above them, and where the data of a
 * hard link come from when its first name is not among them. Also used to tell which segments need not be read.
 */
#ifndef LIFEBOAT_RESTORE_SELECTION_H
#define LIFEBOAT_RESTORE_SELECTION_H

#include "../core/macro.h"
#include "../set/index.h"

struct selection;

/* PATHS as given by people (see extract_options). *RET is NULL when they mean the whole set. Reads the index when SET is not NULL;
 * without it only selection_has() and selection_is_parent() may be asked. 0; -EINVAL for a path with "..", -ENOENT for one
 * that the set does not hold, each with a sentence. */
MUST_CHECK int selection_new(struct context *ctx, struct set *set, char *const *paths, struct selection **ret);
void selection_free(struct selection *selection);
static inline void cleanup_selection(struct selection **selection)
{
	selection_free(*selection);
}
#define AUTO_SELECTION CLEANUP(cleanup_selection)

/* All that follow take a NULL selection for the whole set. */
bool selection_has(const struct selection *selection, const char *path);
/* A directory above something selected, itself not selected. */
bool selection_is_parent(const struct selection *selection, const char *path);
/* The segment with this place in the manifest's table holds something wanted; without the index, any may. */
bool selection_wants(const struct selection *selection, size_t segment);
/* The name under which the entry PATH is to be made: PATH itself, or the selected additional name that stands in for a first
 * name outside the selection. NULL: not wanted. */
const char *selection_name(const struct selection *selection, const char *path);
/* A new string: PATH as sets write it ("/usr//bin/" is "usr/bin", "/" is "."); NULL with errno EINVAL or ENOMEM. */
char *selection_normalise(const char *path);

#endif
