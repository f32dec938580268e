/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arrays of more or fewer members.
 */
#ifndef LIFEBOAT_WANTED_WISHES_MEMBERS_H
#define LIFEBOAT_WANTED_WISHES_MEMBERS_H

#include "wishes_parts.h"

/* Why the array NODE cannot have another number of members; NULL: it can. New string. */
char *wish_members_refusal(const struct layout *captured, const struct node *node);
/* Gives the arrays of LIST the members and spares that were chosen: disks that the captured machine did not have are added for them. What lies on an
 * array that has another size then follows. 0 or -errno with a sentence. */
MUST_CHECK int wishes_set_members(struct context *ctx, const struct wish *list, struct layout *layout);

#endif
