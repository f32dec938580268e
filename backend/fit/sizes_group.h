/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How room is shared, and the extents of LVM's volume groups, counted: what the solvers decide with.
 */
#ifndef LIFEBOAT_FIT_SIZES_GROUP_H
#define LIFEBOAT_FIT_SIZES_GROUP_H

#include "../layout/layout.h"

/* TOTAL * WEIGHT / WEIGHTS, rounded down, without overflow; WEIGHT is no more than WEIGHTS, which is not 0. */
static inline uint64_t share_of(uint64_t total, uint64_t weight, uint64_t weights)
{
	return (uint64_t)((unsigned __int128)total * weight / weights);
}
/* Room that is shared out: units that are left, and the weights of those that have not got their part yet. */
struct sharing {
	uint64_t units, weights;
};
/* The part of the next one, which weighs WEIGHT, in units: what rounding leaves goes to the last. */
static inline uint64_t sharing_take(struct sharing *sharing, uint64_t weight)
{
	uint64_t part = share_of(sharing->units, weight, sharing->weights);

	sharing->units -= part;
	sharing->weights -= weight;
	return part;
}
/* Whether NODE, a partition or volume, is given a part of the room that is there more. GROWS: sizes_takes_growth() of it; REST: another one on the
 * same disk, or it, was to get all of it. */
static inline bool sizing_takes(const struct node *node, bool grows, bool rest)
{
	return rest ? node->sizing == SIZING_REST : node->sizing == SIZING_SOLVED && grows;
}
/* Bytes of an extent of GROUP; 0: it is not made, and keeps its size. */
uint64_t group_extent(const struct layout *layout, const struct node *group);
/* Property of a physical volume that the captured group did not have: it was added by a wish. In no manifest. */
#define PV_ADDED "added"
/* Extents that GROUP has; that it had without those that were added. */
uint64_t group_extents(const struct layout *layout, const struct node *group);
uint64_t group_extents_before(const struct layout *layout, const struct node *group);
/* Whether VOLUME is made, has a size, and may have another one. */
bool volume_is_movable(const struct layout *layout, const struct node *volume);
/* The disk that NODE lies on with nothing but partitions and containers between; NULL: there is more. */
const struct node *plain_disk_of(const struct layout *layout, const struct node *node);
/* Extents that PV can do without where the volumes of GROUP need NEEDED, and FIXED of each physical volume right there. Disks are solved one by one:
 * physical volumes on the same disk, or on who knows which, share what the group can do without, the first ones first. */
uint64_t group_spare_extents(const struct layout *layout, const struct node *group, const struct node *pv, const uint64_t *fixed, uint64_t needed);

#endif
