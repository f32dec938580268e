/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sizes of md arrays. */
#include <errno.h>
#include <string.h>

#include "sizes_parts.h"

uint64_t sizes_data_members(const struct node *array)
{
	const char *level = node_property(array, "level");
	uint64_t disks = node_number(array, "raid_disks"), algorithm = node_number(array, "algorithm");
	uint64_t copies = (algorithm & 0xff) * (algorithm >> 8 & 0xff); /* md(4): near and far copies of RAID 10 */

	if (!level || !node_number(array, "component_size"))
		return 0;
	if (!strcmp(level, "raid1"))
		return 1;
	if (!strcmp(level, "raid4") || !strcmp(level, "raid5"))
		return disks > 1 ? disks - 1 : 0;
	if (!strcmp(level, "raid6"))
		return disks > 2 ? disks - 2 : 0;
	return !strcmp(level, "raid10") && copies && disks % copies == 0 ? disks / copies : 0;
}

/* What every member's bytes are a multiple of. */
static uint64_t component_step(const struct node *array)
{
	uint64_t chunk = node_number(array, "chunk_size");

	return chunk > MIB && chunk < INT64_MAX ? chunk : MIB;
}

/* What its own partitions can do without of SIZE bytes, in whole MiB each. */
static uint64_t partitions_minimum(const struct layout *layout, const struct node *array, uint64_t size, uint32_t sector)
{
	const struct node *partition;
	uint64_t spare = 0;

	for (size_t at = 0; (partition = layout_next_child(layout, array->id, NODE_PARTITION, &at));) {
		const struct node *content = sizes_content(layout, partition);

		if (content)
			spare += (partition->size - sizes_minimum(layout, content, partition->size, sector)) / MIB * MIB;
	}
	return spare < size ? size - spare : size;
}

static uint64_t raid_minimum(const struct layout *layout, const struct node *node, uint64_t size, uint32_t sector)
{
	uint64_t members = sizes_data_members(node), component = node_number(node, "component_size"), needed;
	const struct node *content = sizes_content(layout, node);

	if (!members || (!content && !node_table(node)) || component > size || component > INT64_MAX / members)
		return size;
	needed = content ? sizes_minimum(layout, content, component * members, sector) :
			   partitions_minimum(layout, node, component * members, sector);
	return size - component + align_up((needed + members - 1) / members, component_step(node));
}

static bool raid_can_grow(const struct layout *layout, const struct node *node)
{
	const struct node *partition;
	bool can = sizes_content_can_grow(layout, node);

	for (size_t at = 0; !can && (partition = layout_next_child(layout, node->id, NODE_PARTITION, &at));)
		can = sizes_content_can_grow(layout, partition);
	return can && sizes_data_members(node);
}

/* The member that gained least, or lost most, decides. */
static int carry_raid(struct context *ctx, const struct layout *captured, struct layout *result, struct node *node)
{
	uint64_t members = sizes_data_members(node), component = node_number(node, "component_size");
	int64_t least = INT64_MAX;
	int r;

	for (char **on = node->on; members && *on; on++) {
		int64_t change = align_change(sizes_change(captured, result, node, *on), component_step(node));

		if (change < least)
			least = change;
	}
	if (!members || !least || (least > 0 && !raid_can_grow(captured, node)))
		return 0;
	if (least < 0 && ((uint64_t)-least >= component || (node->size && (uint64_t)-least > (node->size - 1) / members)))
		return sizes_fail_contradiction(ctx, node);
	r = node_number_set(node, "component_size", component + (uint64_t)least);
	if (node->size)
		node->size += (uint64_t)least * members;
	return r == -ENOMEM ? context_oom(ctx) : r;
}

const struct size_rule size_rule_raid = { raid_minimum, raid_can_grow, carry_raid };
