/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a person sees who changes a plan: the storage as a tree, as it was and as it will be, and what can be wished of each.
 */
#ifndef LIFEBOAT_WANTED_WISH_CHOICES_H
#define LIFEBOAT_WANTED_WISH_CHOICES_H

#include "../layout/layout.h"

/* [{"id", "depth", "type", "text", "was", "now", "used", "least", "paths": [text], "size": bool, "kinds": [text], "drop": bool, "plain": bool,
 * "count", "counted", "wish", "note"}] of CAPTURED, in the order of a tree, with WISHES (NULL: none) that lead to RESULT, laid onto disks. docs/engine-protocol.md describes the members.
 * New reference; NULL when out of memory. */
json_t *wish_choices(const struct layout *captured, json_t *wishes, const struct layout *result);

#endif
