/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where on a disk the bytes of something lie that is built of others: the data of a mirror are whole on each of its members, those of a linear volume
 * in one piece on its physical volume. So what is on them can be read without assembling or activating anything, which would write to the members.
 */
#ifndef LIFEBOAT_LAYOUT_STRETCH_H
#define LIFEBOAT_LAYOUT_STRETCH_H

#include "layout.h"

struct stretch {
	const struct node *holder; /* disk or partition, or what is up: array, container, volume; borrowed */
	uint64_t start, size;      /* bytes */
};

/* Where NODE's bytes lie in their order, in one piece: on its own device where it is up. Of a mirror: on the member that was updated last,
 * among those that LAYOUT has. False where they do not, or where nobody can tell. */
bool layout_stretch(const struct layout *layout, const struct node *node, struct stretch *ret);

#endif
