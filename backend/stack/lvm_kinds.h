/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which kinds of logical volumes can be recreated, each by what its segments must say.
 */
#ifndef LIFEBOAT_STACK_LVM_KINDS_H
#define LIFEBOAT_STACK_LVM_KINDS_H

#include "../layout/layout.h"

/* Why a volume cannot be made: the end of a sentence ("it is ..."), for sentence(), and the name in it, or NULL, both borrowed. WORDS is NULL where it
 * can be. Most who ask want to know no more, and no text is made for them. */
struct lvm_refusal {
	const char *words, *name;
};

/* Whether VOLUME can be made of its parts. */
struct lvm_refusal lvm_why_not_kind(const struct layout *layout, const struct node *volume);
/* Whether VOLUME is the spare that LVM keeps for the metadata of thin pools. */
bool lvm_is_spare(const struct node *volume);

#endif
