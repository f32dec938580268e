/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the captured disks hold that will not come back: filesystems that Lifeboat cannot recreate, encrypted partitions, members of
 * arrays and volume groups, unrecognized data, and the root filesystem when it lies on any of these. Each becomes a line of the
 * manifest's "lost".
 */
#ifndef LIFEBOAT_CAPTURE_CONTENTS_H
#define LIFEBOAT_CAPTURE_CONTENTS_H

#include <stdbool.h>

#include "../layout/layout.h"

struct capture;

/* Looks through the layout and at what is mounted. Swap, BIOS boot, reserved and extended partitions, and partitions and disks that
 * are empty (content_is_blank() of blank.h) lack nothing. 0 or -errno with a sentence. */
int contents_tell(struct capture *capture);

/* Where the machine shows FILESYSTEM, relative to the root, though its files are not captured there; NULL: nowhere. Borrowed. */
const char *content_shown_at(const struct capture *capture, const struct node *filesystem);
/* True for a partition, a disk or something opened that may hold data, and in which nothing was recognized. */
bool content_may_be_unrecognized(const struct layout *layout, const struct node *node);
/* True for a filesystem on an LVM snapshot: an earlier state of another one, which is in the set only where it is mounted. */
bool content_is_snapshot(const struct layout *layout, const struct node *filesystem);
#endif
