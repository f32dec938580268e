/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sizes_group.h"

#include "../stack/lvm_extents.h"
#include "../stack/lvm_rules.h"

uint64_t group_extent(const struct layout *layout, const struct node *group)
{
	AUTO_FREE char *why = NULL;

	return group->size <= INT64_MAX && lvm_can_make_group(layout, group, &why) ? lvm_extent_size(group) : 0;
}

bool volume_is_movable(const struct layout *layout, const struct node *volume)
{
	return volume->size && lvm_is_movable(layout, volume) && lvm_is_made(layout, volume);
}

uint64_t group_extents(const struct layout *layout, const struct node *group)
{
	uint64_t total = 0;

	for (char **id = group->on; *id; id++)
		total += lvm_extent_count(layout_find(layout, *id));
	return total;
}

uint64_t group_extents_before(const struct layout *layout, const struct node *group)
{
	uint64_t total = 0;

	for (char **id = group->on; *id; id++)
		if (!node_property(layout_find(layout, *id), PV_ADDED))
			total += lvm_extent_count(layout_find(layout, *id));
	return total;
}

const struct node *plain_disk_of(const struct layout *layout, const struct node *node)
{
	const struct node *on = node->type == NODE_DISK ? NULL : layout_find(layout, node->on[0]);

	if (node->type == NODE_DISK)
		return node;
	return on && (on->type == NODE_DISK || on->type == NODE_PARTITION || on->type == NODE_LUKS) ? plain_disk_of(layout, on) : NULL;
}

uint64_t group_spare_extents(const struct layout *layout, const struct node *group, const struct node *pv, const uint64_t *fixed, uint64_t needed)
{
	uint64_t total = group_extents(layout, group);
	uint64_t left = total > needed ? total - needed : 0, spare = 0;
	const struct node *disk = plain_disk_of(layout, pv);

	for (size_t i = 0; group->on[i]; i++) {
		const struct node *other = layout_find(layout, group->on[i]), *its_disk = plain_disk_of(layout, other);
		uint64_t count = lvm_extent_count(other), kept = fixed[i] ? fixed[i] : 1;

		spare = count > kept ? count - kept : 0;
		spare = spare < left ? spare : left;
		if (other == pv)
			break;
		if (!disk || !its_disk || disk == its_disk)
			left -= spare;
	}
	return spare;
}
