/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which kinds of logical volumes can be recreated, each by what its segments must say.
 */
#ifndef LIFEBOAT_STACK_LVM_KINDS_H
#define LIFEBOAT_STACK_LVM_KINDS_H

#include "../layout/layout.h"

/* Why VOLUME cannot be made of its parts, as a new string, the end of a sentence ("it is ..."); NULL: it can. */
char *lvm_why_not_kind(const struct layout *layout, const struct node *volume);
/* Whether VOLUME is the spare that LVM keeps for the metadata of thin pools. */
bool lvm_is_spare(const struct node *volume);

#endif
