/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kinds of partitions by what they hold: for new ones, and those that hold something else than they did.
 */
#ifndef LIFEBOAT_WANTED_PARTITION_KINDS_H
#define LIFEBOAT_WANTED_PARTITION_KINDS_H

#include "../core/macro.h"
#include "../layout/layout.h"

/* The kind of a partition that holds CONTENT (NULL: nothing). Static. */
const char *partition_kind_of(const struct node *content, bool gpt);
/* True for kinds that say of a partition that it is part of an array, or encrypted. */
bool partition_kind_is_stacked(const char *kind);
/* Gives PARTITION the kind KIND. 0 or -ENOMEM. */
MUST_CHECK int partition_set_kind(struct node *partition, const char *kind);

#endif
