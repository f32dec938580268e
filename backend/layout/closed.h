/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is there and cannot be seen: content of arrays that are not assembled, of containers that are not open, of volumes that are not active. */
#ifndef LIFEBOAT_LAYOUT_CLOSED_H
#define LIFEBOAT_LAYOUT_CLOSED_H

#include "layout.h"

/* What of PRESENT NODE of SAVED is, an array, a container or a volume: by its UUID. NULL: it is not there. */
const struct node *layout_same_holder(const struct layout *present, const struct node *node);
/* The array, container or volume of PRESENT in which NODE of SAVED lies, at any depth, and which is not up, so that nobody sees whether NODE is
 * there. NULL: there is none. */
const struct node *layout_closed_beneath(const struct layout *saved, const struct layout *present, const struct node *node);

#endif
