/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the storage of a machine differs from the one that was captured: settings of tables, partitions, filesystems, swap spaces and
 * subvolumes. Not how large things are and where they lie: that is the target disk's, and the plan says it.
 */
#ifndef LIFEBOAT_LAYOUT_DIFFERENCES_H
#define LIFEBOAT_LAYOUT_DIFFERENCES_H

#include "layout.h"

/* Appends a line a difference to *LINES, for people: what it is, what it is in SAVED, what it is in PRESENT. Things are the same by their
 * UUIDs, subvolumes by their paths. MISSING: filesystems and swap spaces that PRESENT does not have are told too, but those that may lie in
 * something that is not up. An array with more members is none: it was grown. 0 or -ENOMEM. */
int layout_differences(const struct layout *saved, const struct layout *present, bool missing, char ***lines);

#endif
