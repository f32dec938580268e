/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sizes.h"

#include <errno.h>
#include <string.h>

#include "../filesystems/mkfs.h"
#include "../layout/image.h"
#include "fit.h"
#include "fit_parts.h"
#include "sizes_parts.h"

static const struct size_rule *rule_of(const struct node *node);

uint64_t sizes_minimum(const struct layout *layout, const struct node *node, uint64_t size, uint32_t sector)
{
	uint64_t minimum = rule_of(node)->minimum ? rule_of(node)->minimum(layout, node, size, sector) : size;

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
	return rule_of(node)->can_grow && rule_of(node)->can_grow(layout, node);
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

		if (rule_of(node)->carry)
			r = rule_of(node)->carry(ctx, captured, result, node);
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

int sizes_fail_contradiction(struct context *ctx, const struct node *node)
{
	AUTO_FREE char *name = node_describe(node);

	return context_fail(ctx, EINVAL, "The set's layout is damaged: %s (%s) is larger than what it lies on", name ? name : "", node->id);
}

int64_t sizes_change(const struct layout *captured, const struct layout *result, const struct node *node, const char *on)
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
			return sizes_fail_contradiction(ctx, node);
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
		return sizes_fail_contradiction(ctx, node);
	if (now->type != NODE_DISK || sizes_can_grow(captured, node))
		node->size += (uint64_t)sizes_change(captured, result, node, node->on[0]);
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

bool sizes_content_can_grow(const struct layout *layout, const struct node *node)
{
	const struct node *content = sizes_content(layout, node);

	return content && sizes_can_grow(layout, content);
}

int sizes_carry_container(struct context *ctx, const struct layout *captured, struct layout *result, struct node *node)
{
	int64_t change = sizes_change(captured, result, node, node->on[0]);
	uint64_t before = layout_find(captured, node->id)->size;

	if (before && change < 0 && (uint64_t)-change >= before)
		return sizes_fail_contradiction(ctx, node);
	node->size = before ? before + (uint64_t)change : 0;
	return 0;
}

/* No larger than what it lies on, where that is known: what lies on it could not be made after all. */
static int carry_luks(struct context *ctx, const struct layout *captured, struct layout *result, struct node *node)
{
	uint64_t room = layout_room_on(captured, layout_find(captured, node->on[0]));

	return room && layout_find(captured, node->id)->size > room ? sizes_fail_contradiction(ctx, node) :
									 sizes_carry_container(ctx, captured, result, node);
}

int sizes_carry_disk(struct context *ctx, const struct layout *captured, struct layout *result, const struct node *disk)
{
	int r = 0;

	for (size_t i = 0; !r && i < result->count; i++) {
		struct node *node = result->nodes[i];

		if ((node->type == NODE_LUKS || node->type == NODE_PV) && plain_disk_of(result, node) == disk)
			r = rule_of(node)->carry(ctx, captured, result, node);
	}
	return r;
}

static const struct size_rule filesystem_rule = { filesystem_minimum, filesystem_can_grow, carry_content };
static const struct size_rule swap_rule = { NULL, NULL, carry_content };
static const struct size_rule luks_rule = { luks_minimum, sizes_content_can_grow, carry_luks };
static const struct size_rule *const rules[NODE_TYPE_COUNT] = {
	[NODE_FILESYSTEM] = &filesystem_rule,
	[NODE_SWAP] = &swap_rule,
	[NODE_LUKS] = &luks_rule,
	[NODE_RAID] = &size_rule_raid,
	[NODE_PV] = &size_rule_pv,
	[NODE_VG] = &size_rule_vg,
	[NODE_LV] = &size_rule_lv,
};

static const struct size_rule *rule_of(const struct node *node)
{
	static const struct size_rule none;

	return rules[node->type] ? rules[node->type] : &none;
}
