/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What hidden volumes hold before their group is brought up for the first time: the metadata of thin pools, and nothing where RAID volumes and
 * mirrors would take up what they find.
 */
#ifndef LIFEBOAT_STACK_LVM_FILL_H
#define LIFEBOAT_STACK_LVM_FILL_H

#include "lvm_extents.h"

/* Whether GROUP has a thin pool that is made. */
bool lvm_has_pools(const struct layout *layout, const struct node *group);
/* Fills them at EXTENTS of the physical volumes open for writing as FDS, one each in the group's order. TRIAL: those are stand-ins. 0 or -errno with
 * a sentence. */
MUST_CHECK int lvm_fill(struct context *ctx, const struct layout *layout, const struct node *group, const struct lvm_extents *extents, const int *fds,
			bool trial);

#endif
