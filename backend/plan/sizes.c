/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sizes.h"

#include <errno.h>
#include <string.h>

#include "../storage/mkfs.h"
#include "fit.h"
#include "fit_parts.h"

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

bool sizes_can_grow(const struct layout *layout, const struct node *node)
{
	return rules[node->type].can_grow && rules[node->type].can_grow(layout, node);
}

int sizes_carry(struct context *ctx, const struct layout *captured, struct layout *result)
{
	int r = 0;

	/* A node comes after those it lies on. */
	for (size_t i = 0; !r && i < result->count; i++)
		if (rules[result->nodes[i]->type].carry)
			r = rules[result->nodes[i]->type].carry(ctx, captured, result, result->nodes[i]);
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
	return context_fail(ctx, EINVAL, "The set's layout is damaged: %s is larger than what it lies on", node->id);
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

	return sizes_can_grow(layout, node) ? behind + fit_filesystem_minimum(node, size - behind, sector) : size;
}

static bool filesystem_can_grow(const struct layout *layout, const struct node *node)
{
	AUTO_FREE char *why = NULL;

	(void)layout;
	return fit_is_growable(node->filesystem.kind) && mkfs_can_make(node, &why);
}

/* On a whole disk a content that cannot grow keeps its size, and needs no more. */
static int carry_content(struct context *ctx, const struct layout *captured, struct layout *result, struct node *node)
{
	const struct node *before = layout_find(captured, node->on[0]), *now = layout_find(result, node->on[0]);
	AUTO_FREE char *why = NULL;

	/* What is not made has no size here: one on several devices is larger than each of them. */
	if (node->type == NODE_FILESYSTEM && !mkfs_can_make(node, &why))
		return 0;
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

	if (node->size && change < 0 && (uint64_t)-change >= node->size)
		return fail_contradiction(ctx, node);
	if (node->size)
		node->size += (uint64_t)change;
	return 0;
}

/* ---- arrays ---- */

/* How many times the bytes of one member an array stores: 0 when its members need not be alike, or it is not known. */
static uint64_t data_members(const struct node *array)
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

static uint64_t raid_minimum(const struct layout *layout, const struct node *node, uint64_t size, uint32_t sector)
{
	uint64_t members = data_members(node), component = node_number(node, "component_size"), needed;
	const struct node *content = sizes_content(layout, node);

	if (!members || !content || component > size || component > INT64_MAX / members)
		return size;
	needed = sizes_minimum(layout, content, component * members, sector);
	return size - component + align_up((needed + members - 1) / members, component_step(node));
}

static bool raid_can_grow(const struct layout *layout, const struct node *node)
{
	return data_members(node) && content_can_grow(layout, node);
}

/* The member that gained least, or lost most, decides. */
static int carry_raid(struct context *ctx, const struct layout *captured, struct layout *result, struct node *node)
{
	uint64_t members = data_members(node), component = node_number(node, "component_size");
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

/* A volume that takes its bytes from the group once, as they are, and that no other volume is made of. */
static bool is_linear(const struct layout *layout, const struct node *volume)
{
	const char *kind = node_property(volume, "kind");

	return kind && !strcmp(kind, "linear") && volume->size && !volume->on[1] && !volume_is_hidden(volume) &&
	       !layout_child(layout, volume->id, NODE_LV, 0);
}

/* Bytes of an extent of GROUP, where it lies on one physical volume and all its volumes are linear; 0: it keeps its size. */
static uint64_t extent_of(const struct layout *layout, const struct node *group)
{
	uint64_t extent = node_number(group, "extent_size");
	const struct node *volume;

	for (size_t at = 0; (volume = layout_next_child(layout, group->id, NODE_LV, &at));)
		if (!is_linear(layout, volume))
			return 0;
	return !group->on[1] && extent <= group->size && group->size <= INT64_MAX ? extent : 0;
}

static uint64_t pv_minimum(const struct layout *layout, const struct node *node, uint64_t size, uint32_t sector)
{
	const struct node *group = layout_child(layout, node->id, NODE_VG, 0);

	return group && group->size < size ? size - group->size + sizes_minimum(layout, group, group->size, sector) : size;
}

static bool pv_can_grow(const struct layout *layout, const struct node *node)
{
	const struct node *group = layout_child(layout, node->id, NODE_VG, 0);

	return group && sizes_can_grow(layout, group);
}

/* Bytes of GROUP that no volume has. */
static uint64_t free_of(const struct layout *layout, const struct node *group, uint64_t extent)
{
	const struct node *volume;
	uint64_t left = group->size;

	for (size_t at = 0; (volume = layout_next_child(layout, group->id, NODE_LV, &at));)
		left = volume->size < left ? left - volume->size : 0;
	return left / extent * extent;
}

static uint64_t lv_slack(const struct layout *layout, const struct node *volume, uint64_t extent, uint32_t sector)
{
	return (volume->size - sizes_minimum(layout, volume, volume->size, sector)) / extent * extent;
}

static uint64_t vg_minimum(const struct layout *layout, const struct node *node, uint64_t size, uint32_t sector)
{
	uint64_t extent = extent_of(layout, node), slack;
	const struct node *volume;

	if (!extent)
		return size;
	slack = free_of(layout, node, extent);
	for (size_t at = 0; (volume = layout_next_child(layout, node->id, NODE_LV, &at));)
		slack += lv_slack(layout, volume, extent, sector);
	return slack < size ? size - slack : size;
}

static struct node *last_that_grows(const struct layout *layout, const struct node *group)
{
	struct node *volume, *found = NULL;

	for (size_t at = 0; (volume = layout_next_child(layout, group->id, NODE_LV, &at));)
		if (sizes_can_grow(layout, volume))
			found = volume;
	return found;
}

static bool vg_can_grow(const struct layout *layout, const struct node *node)
{
	return extent_of(layout, node) && last_that_grows(layout, node);
}

static bool lv_can_grow(const struct layout *layout, const struct node *node)
{
	return is_linear(layout, node) && content_can_grow(layout, node);
}

static uint64_t lv_minimum(const struct layout *layout, const struct node *node, uint64_t size, uint32_t sector)
{
	const struct node *content = sizes_content(layout, node);

	return content && is_linear(layout, node) ? sizes_minimum(layout, content, size, sector) : size;
}

/* Takes MISSING bytes of GROUP from what is free, then from the volumes, the last first. */
static void shrink_volumes(struct layout *result, const struct node *group, uint64_t missing, uint64_t extent, uint32_t sector)
{
	uint64_t free_bytes = free_of(result, group, extent);

	missing -= free_bytes < missing ? free_bytes : missing;
	for (size_t i = layout_count_children(result, group->id, NODE_LV); missing && i > 0; i--) {
		struct node *volume = layout_child(result, group->id, NODE_LV, i - 1);
		uint64_t slack = lv_slack(result, volume, extent, sector), taken = slack < missing ? slack : missing;

		volume->size -= taken;
		missing -= taken;
	}
}

/* The group becomes larger or smaller by whole extents, and its volumes with it. */
static int carry_group(struct context *ctx, const struct layout *captured, struct layout *result, struct node *node)
{
	uint64_t extent = extent_of(captured, node);
	int64_t change = extent ? align_change(change_of(captured, result, node, node->on[0]), extent) : 0;
	const struct node *disk = layout_disk_of(result, node);
	struct node *volume = last_that_grows(result, node);

	if (change < 0 && (uint64_t)-change >= node->size)
		return fail_contradiction(ctx, node);
	if (change < 0)
		shrink_volumes(result, node, (uint64_t)-change, extent, disk ? disk->disk.logical_sector : 0);
	else if (volume)
		volume->size += (uint64_t)change;
	node->size += (uint64_t)change;
	return 0;
}

static const struct size_rule rules[NODE_TYPE_COUNT] = {
	/*                     minimum             can grow            sets its size */
	[NODE_FILESYSTEM] = { filesystem_minimum, filesystem_can_grow, carry_content },
	[NODE_SWAP]       = { NULL,               NULL,                carry_content },
	[NODE_LUKS]       = { luks_minimum,       content_can_grow,    carry_container },
	[NODE_RAID]       = { raid_minimum,       raid_can_grow,       carry_raid },
	[NODE_PV]         = { pv_minimum,         pv_can_grow,         carry_container },
	[NODE_VG]         = { vg_minimum,         vg_can_grow,         carry_group },
	[NODE_LV]         = { lv_minimum,         lv_can_grow,         NULL },
};
