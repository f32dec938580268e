/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What this version recreates, as far as the layout alone tells. */
#ifndef LIFEBOAT_STACK_RECREATE_H
#define LIFEBOAT_STACK_RECREATE_H

#include "../core/macro.h"
#include "../layout/layout.h"

/* Whether this version recreates NODE of LAYOUT - filesystem, swap space, array, ... - with all it lies on. Why not, as a new string, the end of a
 * sentence ("it lies on ..."), in *RET_WHY. */
bool can_recreate(const struct layout *layout, const struct node *node, char **ret_why);

#endif
