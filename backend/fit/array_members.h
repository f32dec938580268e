/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Members of an array, taken out and added, with what is told of each.
 */
#ifndef LIFEBOAT_FIT_ARRAY_MEMBERS_H
#define LIFEBOAT_FIT_ARRAY_MEMBERS_H

#include "../core/macro.h"
#include "../layout/layout.h"

/* What is told of member number MEMBER of ARRAY under the name WHAT ("role"); NULL: nothing. */
const char *array_member(const struct node *array, size_t member, const char *what);
/* Takes the members out of ARRAY that are marked in GONE, by their numbers; the others close up. At least one stays. 0 or -errno. */
MUST_CHECK int array_remove(struct node *array, const bool *gone);
/* Adds the block node ID, with ROLE and data that begin where those of the others do. 0 or -errno. */
MUST_CHECK int array_add(struct node *array, const char *id, const char *role);
/* Gives member number MEMBER of ARRAY the place or role ROLE. 0 or -errno. */
MUST_CHECK int array_set_role(struct node *array, size_t member, const char *role);
/* True when ROLE is a place in the array. */
bool array_role_is_place(const char *role);

#endif
