/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which extents of its physical volumes each logical volume of a group gets. All are laid out anew, from the start of each physical volume:
 * no two overlap, and all lie inside it, whatever sizes the disks have. What is striped, or a part of something redundant, stays on the physical
 * volumes that it was on; linear volumes stay there as far as there is room, and fill the others with the rest.
 */
#ifndef LIFEBOAT_STACK_LVM_EXTENTS_H
#define LIFEBOAT_STACK_LVM_EXTENTS_H

#include "../core/macro.h"
#include "../layout/layout.h"

#define LVM_SECTOR 512u

/* One segment of a volume: LENGTH extents on each of its stripes. */
struct lvm_segment {
	uint32_t length;
	uint32_t stripe_size;    /* sectors; 0 with one stripe */
	size_t stripe_count;
	size_t *pvs;             /* of each stripe: number in group->on; owned */
	uint32_t *starts;        /* of each stripe: first extent on it; owned */
};

struct lvm_volume_extents {
	const struct node *volume; /* borrowed */
	struct lvm_segment *segments; /* owned */
	size_t count;
};

struct lvm_extents {
	struct lvm_volume_extents *volumes; /* owned; those that have extents of their own */
	size_t count;
	uint32_t *used;          /* extents of each physical volume that have an owner: the first ones; owned */
};

/* Bytes of an extent of GROUP; 0: they make no sense. */
uint64_t lvm_extent_size(const struct node *group);
/* How many extents the physical volume PV has. */
uint32_t lvm_extent_count(const struct node *pv);
/* Whether all extents of VOLUME may lie anywhere: it is linear, and no part of others, or the data of a thin pool. */
bool lvm_is_movable(const struct layout *layout, const struct node *volume);
/* How many extents of each physical volume of GROUP are needed right there, by what is made and cannot be moved, in *RET, to be freed. 0 or -ENOMEM.
 * */
MUST_CHECK int lvm_fixed_extents(const struct layout *layout, const struct node *group, uint64_t **ret);
/* Lays out what lvm_is_made() of GROUP, with the sizes that its nodes have. 0; -EINVAL: a volume's segments contradict themselves, -ENOSPC: there are
 * too few extents; both with the volume in *RET_VOLUME (may be NULL); -ENOMEM. */
MUST_CHECK int lvm_extents(const struct layout *layout, const struct node *group, struct lvm_extents *ret, const struct node **ret_volume);
/* The extents of VOLUME; NULL: it has none of its own. */
const struct lvm_volume_extents *lvm_extents_of(const struct lvm_extents *extents, const struct node *volume);
void lvm_extents_done(struct lvm_extents *extents);
#define AUTO_LVM_EXTENTS CLEANUP(lvm_extents_done)

#endif
