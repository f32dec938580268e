/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sizes.h"

#include <errno.h>
#include <string.h>

#include "../filesystems/mkfs.h"
#include "../layout/image.h"
#include "../layout/lvm_segments.h"
#include "../stack/lvm_extents.h"
#include "../stack/lvm_rules.h"
#include "fit.h"
#include "fit_parts.h"
#include "sizes_group.h"

#define MIB (1ULL << 20)

/* A size solver, for one type of node. */
struct size_rule {
	/* As sizes_minimum(): what lies on it needs, and what it keeps for itself. NULL: SIZE. */
	uint64_t (*minimum)(const struct layout *layout, const struct node *node, uint64_t size, uint32_t sector);
	/* NULL: never. */
	bool (*can_grow)(const struct layout *layout, const struct node *node);
	/* Sets the size of NODE, of RESULT, after what it lies on has its own. As sizes_carry(). NULL: it has no size, or another node sets it. */
	int (*carry)(struct context *ctx, const struct layout *captured, struct layout *result, struct node *node);
};

static const struct size_rule rules[NODE_TYPE_COUNT];

uint64_t sizes_minimum(const struct layout *layout, const struct node *node, uint64_t size, uint32_t sector)
{
	uint64_t minimum = rules[node->type].minimum ? rules[node->type].minimum(layout, node, size, sector) : size;

	return minimum < size ? minimum : size;
}

uint64_t sizes_least_chosen(const struct layout *layout, const struct node *sized)
{
	const struct node *content = sizes_content(layout, sized);

	if (!content)
		return MIB;
	return content->type == NODE_SWAP ? MIB : sizes_minimum(layout, content, sized->size, layout_sector_of(layout, sized));
}

uint64_t sizes_least_esp(uint32_t sector)
{
	/* FAT32 has at least 65525 clusters (Microsoft FAT32 File System Specification), each of a sector or more. */
	return sector <= 512 ? 64 * MIB : (uint64_t)66000 * sector / MIB * MIB + 16 * MIB;
}

bool sizes_can_grow(const struct layout *layout, const struct node *node)
{
	return rules[node->type].can_grow && rules[node->type].can_grow(layout, node);
}

/* The loader's filesystems gain nothing by being larger. */
static bool is_boot(const struct layout *layout, const struct node *filesystem)
{
	static const char *const paths[] = { "/boot", "/boot/efi", "/efi" };
	const struct node *mount;

	for (size_t at = 0; (mount = layout_next_child(layout, filesystem->id, NODE_MOUNT, &at));)
		for (size_t i = 0; i < ARRAY_LENGTH(paths); i++)
			if (!strcmp(mount->mount.path, paths[i]))
				return true;
	return false;
}

bool sizes_takes_growth(const struct layout *layout, const struct node *node)
{
	const struct node *content = node;

	while (content && (content->type == NODE_RAID || content->type == NODE_LUKS || content->type == NODE_LV))
		content = sizes_content(layout, content);
	return sizes_can_grow(layout, node) && !(content && content->type == NODE_FILESYSTEM && is_boot(layout, content));
}

int sizes_carry(struct context *ctx, const struct layout *captured, struct layout *result, sizes_lay_function *lay)
{
	int r = 0;

	/* A node comes after those it lies on. */
	for (size_t i = 0; !r && i < result->count; i++) {
		struct node *node = result->nodes[i];

		if (rules[node->type].carry)
			r = rules[node->type].carry(ctx, captured, result, node);
		if (!r && node->type == NODE_RAID && node_table(node))
			r = lay(ctx, captured, result, node);
	}
	return r;
}

struct node *sizes_content(const struct layout *layout, const struct node *holder)
{
	struct node *content = layout_child(layout, holder->id, NODE_TYPE_COUNT, 0);

	return content && content->type != NODE_PARTITION ? content : NULL;
}

static uint64_t align_up(uint64_t value, uint64_t step)
{
	return value / step * step + (value % step ? step : 0);
}

/* Towards the smaller number. */
static int64_t align_change(int64_t change, uint64_t step)
{
	return change >= 0 ? change / (int64_t)step * (int64_t)step : -(int64_t)align_up((uint64_t)-change, step);
}

static int fail_contradiction(struct context *ctx, const struct node *node)
{
	AUTO_FREE char *name = node_describe(node);

	return context_fail(ctx, EINVAL, "The set's layout is damaged: %s (%s) is larger than what it lies on", name ? name : "", node->id);
}

/* How many bytes more (or fewer) the node ON has for NODE, which lies on it. A whole disk is used to the last MiB. */
static int64_t change_of(const struct layout *captured, const struct layout *result, const struct node *node, const char *on)
{
	const struct node *before = layout_find(captured, on), *now = layout_find(result, on);
	int64_t change = before && now ? (int64_t)now->size - (int64_t)before->size : 0;

	if (!now || now->type != NODE_DISK)
		return change;
	if (change > 0 && !sizes_can_grow(captured, node))
		return 0;
	return align_change(change, MIB);
}

/* ---- filesystems and swap ---- */

static uint64_t filesystem_minimum(const struct layout *layout, const struct node *node, uint64_t size, uint32_t sector)
{
	uint64_t behind = node->size && node->size < size ? size - node->size : 0;

	if (node_property(node, PLANNED_PROPERTY))
		return sizes_least_esp(sector);
	/* How much of its used bytes lies on each of several devices nobody knows. */
	return sizes_can_grow(layout, node) && !node->on[1] ? behind + fit_filesystem_minimum(node, size - behind, sector) : size;
}

static bool filesystem_can_grow(const struct layout *layout, const struct node *node)
{
	AUTO_FREE char *why = NULL;

	(void)layout;
	return fit_is_growable(node->filesystem.kind) && mkfs_can_make(node, &why);
}

/* A filesystem on several devices has all of them. */
static int carry_spread(struct context *ctx, const struct layout *result, struct node *node)
{
	node->size = 0;
	for (char **id = node->on; *id; id++) {
		uint64_t room = layout_room_on(result, layout_find(result, *id));

		if (room > INT64_MAX - node->size)
			return fail_contradiction(ctx, node);
		node->size += room;
	}
	return 0;
}

/* An image is as large as it was. */
static int carry_image(struct context *ctx, const struct layout *result, const struct node *node)
{
	AUTO_FREE char *name = node_describe(node);

	if (node->size <= layout_room_on(result, layout_find(result, node->on[0])))
		return 0;
	return context_fail(ctx, ENOSPC, "The image of the %s does not fit onto the target disk, and an image does not become smaller",
			    name ? name : node->id);
}

/* On a whole disk a content that cannot grow keeps its size, and needs no more. */
static int carry_content(struct context *ctx, const struct layout *captured, struct layout *result, struct node *node)
{
	const struct node *before = layout_find(captured, node->on[0]), *now = layout_find(result, node->on[0]);
	AUTO_FREE char *why = NULL;

	/* It is as new as what it lies on. */
	if (!before)
		return 0;
	if (node->type == NODE_FILESYSTEM && node_image(node))
		return carry_image(ctx, result, node);
	/* What is not made has no size here. */
	if (node->type == NODE_FILESYSTEM && !mkfs_can_make(node, &why))
		return 0;
	if (node->on[1])
		return carry_spread(ctx, result, node);
	if (!node->size)
		node->size = layout_room_on(captured, before);
	if (node->size > layout_room_on(captured, before))
		return fail_contradiction(ctx, node);
	if (now->type != NODE_DISK || sizes_can_grow(captured, node))
		node->size += (uint64_t)change_of(captured, result, node, node->on[0]);
	if (node->size > INT64_MAX || node->size < node->used || node->size > layout_room_on(result, now))
		return context_fail(ctx, ENOSPC, "The filesystem '%s' holds more than fits onto the target disk",
				    node->label ? node->label : node->id);
	return 0;
}

/* ---- encrypted containers ---- */

static uint64_t luks_minimum(const struct layout *layout, const struct node *node, uint64_t size, uint32_t sector)
{
	uint64_t header = node_number(node, "payload_offset");
	const struct node *content = sizes_content(layout, node);

	if (!content || !header || header >= size)
		return size;
	return header + sizes_minimum(layout, content, size - header, sector);
}

/* A container, an array or a physical volume takes more where what lies on it does. */
static bool content_can_grow(const struct layout *layout, const struct node *node)
{
	const struct node *content = sizes_content(layout, node);

	return content && sizes_can_grow(layout, content);
}

/* Of what lies on one node and has no bytes that are not its own. */
static int carry_container(struct context *ctx, const struct layout *captured, struct layout *result, struct node *node)
{
	int64_t change = change_of(captured, result, node, node->on[0]);
	uint64_t before = layout_find(captured, node->id)->size;

	if (before && change < 0 && (uint64_t)-change >= before)
		return fail_contradiction(ctx, node);
	node->size = before ? before + (uint64_t)change : 0;
	return 0;
}

/* No larger than what it lies on, where that is known: what lies on it could not be made after all. */
static int carry_luks(struct context *ctx, const struct layout *captured, struct layout *result, struct node *node)
{
	uint64_t room = layout_room_on(captured, layout_find(captured, node->on[0]));

	return room && layout_find(captured, node->id)->size > room ? fail_contradiction(ctx, node) : carry_container(ctx, captured, result, node);
}

/* ---- arrays ---- */

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
	bool can = content_can_grow(layout, node);

	for (size_t at = 0; !can && (partition = layout_next_child(layout, node->id, NODE_PARTITION, &at));)
		can = content_can_grow(layout, partition);
	return can && sizes_data_members(node);
}

/* The member that gained least, or lost most, decides. */
static int carry_raid(struct context *ctx, const struct layout *captured, struct layout *result, struct node *node)
{
	uint64_t members = sizes_data_members(node), component = node_number(node, "component_size");
	int64_t least = INT64_MAX;
	int r;

	for (char **on = node->on; members && *on; on++) {
		int64_t change = align_change(change_of(captured, result, node, *on), component_step(node));

		if (change < least)
			least = change;
	}
	if (!members || !least || (least > 0 && !raid_can_grow(captured, node)))
		return 0;
	if (least < 0 && ((uint64_t)-least >= component || (node->size && (uint64_t)-least > (node->size - 1) / members)))
		return fail_contradiction(ctx, node);
	r = node_number_set(node, "component_size", component + (uint64_t)least);
	if (node->size)
		node->size += (uint64_t)least * members;
	return r == -ENOMEM ? context_oom(ctx) : r;
}

/* ---- LVM ---- */

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
	int64_t change = change_of(captured, result, node, node->on[0]);
	int64_t extents = extent ? align_change(change, extent) / (int64_t)extent : 0;
	int r = carry_container(ctx, captured, result, node);

	if (r || !extent)
		return r;
	if (extents < 0 && (uint64_t)-extents >= count)
		return fail_contradiction(ctx, node);
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
	return volume_is_movable(layout, node) && content_can_grow(layout, node);
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
		return fail_contradiction(ctx, node);
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

int sizes_carry_disk(struct context *ctx, const struct layout *captured, struct layout *result, const struct node *disk)
{
	int r = 0;

	for (size_t i = 0; !r && i < result->count; i++) {
		struct node *node = result->nodes[i];

		if ((node->type == NODE_LUKS || node->type == NODE_PV) && plain_disk_of(result, node) == disk)
			r = rules[node->type].carry(ctx, captured, result, node);
	}
	return r;
}

static const struct size_rule rules[NODE_TYPE_COUNT] = {
	/*                     minimum             can grow            sets its size */
	[NODE_FILESYSTEM] = { filesystem_minimum, filesystem_can_grow, carry_content },
	[NODE_SWAP]       = { NULL,               NULL,                carry_content },
	[NODE_LUKS]       = { luks_minimum,       content_can_grow,    carry_luks },
	[NODE_RAID]       = { raid_minimum,       raid_can_grow,       carry_raid },
	[NODE_PV]         = { pv_minimum,         pv_can_grow,         carry_pv },
	[NODE_VG]         = { NULL,               vg_can_grow,         carry_group },
	[NODE_LV]         = { lv_minimum,         lv_can_grow,         carry_volume },
};
