/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sizes of LVM: physical volumes, groups, volumes. */
#include <errno.h>
#include <string.h>

#include "../layout/lvm_segments.h"
#include "../stack/lvm_extents.h"
#include "../stack/lvm_rules.h"
#include "fit_parts.h"
#include "sizes_parts.h"

/* The fewest extents of EXTENT bytes that do for a movable VOLUME. */
static uint64_t least_extents(const struct layout *layout, const struct node *volume, uint64_t extent)
{
	uint64_t least;

	if (volume->sizing == SIZING_FIXED)
		return volume->chosen / extent;
	least = sizes_minimum(layout, volume, volume->size, layout_sector_of(layout, volume));

	return least / extent + (least % extent != 0);
}

/* Extents that the volumes of GROUP take; LEAST: as small as they can be. */
static uint64_t extents_taken(const struct layout *layout, const struct node *group, const uint64_t *fixed, uint64_t extent, bool least)
{
	const struct node *volume;
	uint64_t taken = 0;

	for (size_t i = 0; group->on[i]; i++)
		taken += fixed[i];
	for (size_t at = 0; (volume = layout_next_child(layout, group->id, NODE_LV, &at));)
		if (volume_is_movable(layout, volume))
			taken += least ? least_extents(layout, volume, extent) : volume->size / extent;
	return taken;
}

static uint64_t pv_minimum(const struct layout *layout, const struct node *node, uint64_t size, uint32_t sector)
{
	const struct node *group = layout_child(layout, node->id, NODE_VG, 0);
	uint64_t extent = group ? group_extent(layout, group) : 0, spare;
	AUTO_FREE uint64_t *fixed = NULL;

	(void)sector;
	if (!extent || lvm_fixed_extents(layout, group, &fixed) < 0)
		return size;
	spare = group_spare_extents(layout, group, node, fixed, extents_taken(layout, group, fixed, extent, true));
	return spare < size / extent ? size - spare * extent : size;
}

static bool pv_can_grow(const struct layout *layout, const struct node *node)
{
	const struct node *group = layout_child(layout, node->id, NODE_VG, 0);

	return group && sizes_can_grow(layout, group);
}

/* As a container, and in whole extents. */
static int carry_pv(struct context *ctx, const struct layout *captured, struct layout *result, struct node *node)
{
	const struct node *group = layout_child(result, node->id, NODE_VG, 0);
	uint64_t extent = group ? group_extent(captured, group) : 0, count = lvm_extent_count(layout_find(captured, node->id));
	int64_t change = sizes_change(captured, result, node, node->on[0]);
	int64_t extents = extent ? align_change(change, extent) / (int64_t)extent : 0;
	int r = sizes_carry_container(ctx, captured, result, node);

	if (r || !extent)
		return r;
	if (extents < 0 && (uint64_t)-extents >= count)
		return sizes_fail_contradiction(ctx, node);
	return node_number_set(node, "pe_count", count + (uint64_t)extents) < 0 ? context_oom(ctx) : 0;
}

/* Whether VOLUME of the group may take a part of what is there more; REST: one of them was to get the rest. */
static bool takes_growth(const struct layout *layout, const struct node *volume, bool rest)
{
	return sizing_takes(volume, sizes_takes_growth(layout, volume), rest);
}

static bool has_growing(const struct layout *layout, const struct node *group)
{
	const struct node *volume;

	for (size_t at = 0; (volume = layout_next_child(layout, group->id, NODE_LV, &at));)
		if (takes_growth(layout, volume, false) || takes_growth(layout, volume, true))
			return true;
	return false;
}

static bool vg_can_grow(const struct layout *layout, const struct node *node)
{
	return group_extent(layout, node) && has_growing(layout, node);
}

static bool lv_can_grow(const struct layout *layout, const struct node *node)
{
	if (lvm_is_kind(node, "thin-pool"))
		return lvm_is_made(layout, node);
	return volume_is_movable(layout, node) && sizes_content_can_grow(layout, node);
}

/* What its volumes take of it when their files are back; SIZE where one is not known well enough, or there is none. */
static uint64_t pool_minimum(const struct layout *layout, const struct node *pool, uint64_t size)
{
	const struct node *volume;
	uint64_t needed = 0;

	for (size_t at = 0; needed < size && (volume = layout_next_child(layout, pool->id, NODE_LV, &at));) {
		const struct node *content = lvm_is_made(layout, volume) ? sizes_content(layout, volume) : NULL;

		if (content)
			needed += content->type == NODE_FILESYSTEM ? fit_thin_minimum(content) : volume->size;
	}
	return needed && needed < size ? needed : size;
}

static uint64_t lv_minimum(const struct layout *layout, const struct node *node, uint64_t size, uint32_t sector)
{
	const struct node *content = sizes_content(layout, node);

	if (lvm_is_kind(node, "thin-pool"))
		return pool_minimum(layout, node, size);
	return content && volume_is_movable(layout, node) ? sizes_minimum(layout, content, size, sector) : size;
}

/* Takes MISSING extents of GROUP from the volumes, the last first. What is still missing. */
static uint64_t shrink_volumes(struct layout *result, const struct node *group, uint64_t missing, uint64_t extent)
{
	for (size_t i = result->count; missing && i > 0; i--) {
		struct node *volume = result->nodes[i - 1];
		uint64_t slack, taken;

		if (volume->type != NODE_LV || strcmp(volume->on[0], group->id) || !volume_is_movable(result, volume))
			continue;
		slack = volume->size / extent - least_extents(result, volume, extent);
		taken = slack < missing ? slack : missing;
		volume->size -= taken * extent;
		missing -= taken;
	}
	return missing;
}

static int fail_small_group(struct context *ctx, const struct node *group)
{
	AUTO_FREE char *name = node_describe(group);

	return context_fail(ctx, ENOSPC, "The %s has too little room on the target disks for its volumes. Choose larger disks, or leave volumes out",
			    name ? name : group->id);
}

/* Volumes of a size that was chosen get it: bytes, or a part of the group's EXTENTS. 0, or -ENOSPC with a sentence. */
static int carry_chosen(struct context *ctx, struct layout *result, const struct node *group, uint64_t extents, uint64_t extent)
{
	struct node *volume;

	for (size_t at = 0; (volume = layout_next_child(result, group->id, NODE_LV, &at));) {
		if (volume->sizing == SIZING_SHARE) {
			uint64_t share = share_of(extents, volume->percent, 100);
			AUTO_FREE char *name = node_describe(volume), *needs = bytes_print_size(least_extents(result, volume, extent) * extent);

			if (share < least_extents(result, volume, extent))
				return context_fail(ctx, ENOSPC, "%u %% of its group is too little for the %s: its contents need %s", volume->percent,
						    name ? name : volume->id, needs ? needs : "");
			volume->chosen = share * extent;
			volume->sizing = SIZING_FIXED;
		}
		if (volume->sizing == SIZING_FIXED)
			volume->size = volume->chosen;
	}
	return 0;
}

/* Whether a volume of GROUP was to get all that the others leave. */
static bool has_rest(const struct layout *layout, const struct node *group)
{
	const struct node *volume;

	for (size_t at = 0; (volume = layout_next_child(layout, group->id, NODE_LV, &at));)
		if (volume->sizing == SIZING_REST)
			return true;
	return false;
}

/* EXTENTS more for the volumes of GROUP that take them, by their sizes; those that were to get the rest alone, where there are any. */
static void grow_volumes(struct layout *result, const struct node *group, uint64_t extents, uint64_t extent)
{
	struct sharing sharing = { .units = extents };
	bool rest = has_rest(result, group);
	struct node *volume;

	for (size_t at = 0; (volume = layout_next_child(result, group->id, NODE_LV, &at));)
		if (takes_growth(result, volume, rest))
			sharing.weights += volume->size / extent;
	for (size_t at = 0; sharing.weights && (volume = layout_next_child(result, group->id, NODE_LV, &at));)
		if (takes_growth(result, volume, rest))
			volume->size += sharing_take(&sharing, volume->size / extent) * extent;
}

/* The group becomes larger or smaller by whole extents, and its volumes with it. */
static int carry_group(struct context *ctx, const struct layout *captured, struct layout *result, struct node *node)
{
	uint64_t extent = group_extent(captured, node), before, now, taken, grown;
	AUTO_FREE uint64_t *fixed = NULL;
	int r;

	if (!extent)
		return 0;
	if (lvm_fixed_extents(captured, node, &fixed) < 0)
		return context_oom(ctx);
	before = group_extents_before(captured, node);
	now = group_extents(result, node);
	if (extents_taken(captured, node, fixed, extent, false) > before || now > INT64_MAX / extent)
		return sizes_fail_contradiction(ctx, node);
	r = carry_chosen(ctx, result, node, now, extent);
	if (r)
		return r;
	taken = extents_taken(result, node, fixed, extent, false);
	node->size = now * extent;
	if (taken > now)
		return shrink_volumes(result, node, taken - now, extent) ? fail_small_group(ctx, node) : 0;
	/* What was free stays free, unless a volume was to get the rest. */
	grown = now > before && !has_rest(result, node) ? now - before : now - taken;
	if (now > before || has_rest(result, node))
		grow_volumes(result, node, grown < now - taken ? grown : now - taken, extent);
	return 0;
}

/* A pool is as large as its data. */
static int carry_volume(struct context *ctx, const struct layout *captured, struct layout *result, struct node *node)
{
	const struct node *before = layout_find(captured, node->id), *group = lvm_group_of(result, node);
	const struct node *data = lvm_is_kind(node, "thin-pool") ? lvm_part(result, node, lvm_segment_text(node, 0, "pool")) : NULL;
	uint64_t extent = group && data ? group_extent(captured, group) : 0;

	if (!extent || data->size == layout_find(captured, data->id)->size || !lvm_is_made(captured, before))
		return 0;
	node->size = data->size;
	return node_number_set(node, "segment_0_extent_count", data->size / extent) < 0 ? context_oom(ctx) : 0;
}

const struct size_rule size_rule_pv = { pv_minimum, pv_can_grow, carry_pv };
const struct size_rule size_rule_vg = { NULL, vg_can_grow, carry_group };
const struct size_rule size_rule_lv = { lv_minimum, lv_can_grow, carry_volume };
