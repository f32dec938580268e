/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fit.h"

#include <errno.h>
#include <string.h>

#include "fit_kept.h"
#include "fit_parts.h"
#include "sizes.h"
#include "sizes_group.h"

#define MIB (1ULL << 20)

static int replace_text(char **text, const char *with)
{
	char *copy = with ? strdup(with) : NULL;

	if (with && !copy)
		return -ENOMEM;
	free(*text);
	*text = copy;
	return 0;
}

/* Paths are part of the hardware, and so is the name of the map that combines them. 0 or -ENOMEM. */
static int take_paths(struct node *disk, const struct node *target)
{
	static const char *const keys[] = { MULTIPATH_PROPERTY, MULTIPATH_WWID, "opened_as" };
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(keys); i++) {
		const char *value = node_property(target, keys[i]);

		node_property_drop(disk, keys[i]);
		r = value ? node_property_set(disk, keys[i], value) : 0;
	}
	return r;
}

/* The result's disk is the target: what the hardware is comes from there, table and identifiers from the captured
 * one. */
static int take_hardware(struct node *disk, const struct node *target)
{
	struct disk_info *info = &disk->disk;
	const struct disk_info *from = &target->disk;

	info->logical_sector = from->logical_sector ? from->logical_sector : 512;
	info->physical_sector = from->physical_sector ? from->physical_sector : info->logical_sector;
	info->rotational = from->rotational;
	info->removable = from->removable;
	info->read_only = from->read_only;
	disk->size = target->size;
	if (replace_text(&info->name, from->name) || replace_text(&info->model, from->model) ||
	    replace_text(&info->serial, from->serial) || replace_text(&info->wwn, from->wwn) ||
	    replace_text(&info->by_path, from->by_path) || replace_text(&info->transport, from->transport) ||
	    replace_text(&disk->device, target->device))
		return -ENOMEM;
	return take_paths(disk, target);
}

/* Partitions that were to get a part of the disk get it, as if they had been captured so: as far as CAPTURED shows their contents, they fit. */
static int choose_shares(struct context *ctx, const struct layout *captured, struct layout *result, struct node *disk, const struct node *target)
{
	struct node *node;
	int r = 0;

	for (size_t at = 0; !r && (node = layout_next_child(result, disk->id, NODE_PARTITION, &at));) {
		uint64_t size = share_of(target->size / MIB, node->percent, 100) * MIB, least;

		if (node->sizing != SIZING_SHARE)
			continue;
		least = sizes_least_chosen(captured, node);
		if (size < least || !size) {
			AUTO_FREE char *name = node_describe(node), *needs = bytes_print_size(least);

			return context_fail(ctx, ENOSPC, "%u %% of the disk is too little for %s: its contents need %s", node->percent,
					    name ? name : node->id, needs ? needs : "");
		}
		/* By whole MiB more or less than it had. */
		size = size > node->size ? node->size + (size - node->size) / MIB * MIB : node->size - (node->size - size) / MIB * MIB;
		node->sizing = SIZING_FIXED;
		r = fit_resize(result, disk, node, size) ? context_oom(ctx) : 0;
	}
	return r;
}

/* What lies on the partitions of DISK has its captured size until all disks are solved. */
static int fit_disk(struct context *ctx, const struct layout *wanted, struct layout *result, struct node *disk, const struct node *target)
{
	CLEANUP(solver_done) struct solver solver = { .layout = result, .size = target->size };
	int r;

	if (!target->device || !target->size) {
		AUTO_FREE char *name = node_describe(target);

		return context_fail(ctx, EINVAL, "The target disk (%s) cannot be reached, or has no size", name ? name : target->id);
	}
	r = choose_shares(ctx, wanted, result, disk, target);
	if (r)
		return r;
	solver.captured_size = disk->size;
	if (take_hardware(disk, target) || solver_collect(&solver, disk))
		return context_oom(ctx);
	solver.sector = disk->disk.logical_sector;
	return fit_slots(ctx, &solver);
}

static const struct disk_pair *pair_of(const struct disk_map *map, const char *source)
{
	for (size_t i = 0; i < map->count; i++)
		if (!strcmp(map->pairs[i].source, source))
			return &map->pairs[i];
	return NULL;
}

/* The disks that become LARGER, or keep their size, or those that do not. */
static int fit_some_disks(struct context *ctx, const struct layout *wanted, const struct layout *present, const struct disk_map *map,
			  struct layout *result, bool larger)
{
	int r = 0;

	for (size_t i = 0; !r && i < result->count; i++) {
		struct node *disk = result->nodes[i];
		const struct disk_pair *pair = disk->type == NODE_DISK ? pair_of(map, disk->id) : NULL;
		const struct node *target = pair ? layout_find(present, pair->target) : NULL;

		if (disk->type != NODE_DISK)
			continue;
		if (!target || target->type != NODE_DISK) {
			AUTO_FREE char *name = node_describe(disk);

			return context_fail(ctx, ENODEV, "The disk that was chosen for the saved disk (%s) is not there", name ? name : disk->id);
		}
		if ((target->size >= layout_find(wanted, disk->id)->size) != larger)
			continue;
		r = fit_disk(ctx, wanted, result, disk, target);
		if (!r)
			r = sizes_carry_disk(ctx, wanted, result, disk);
	}
	return r;
}

/* What a group gains on one disk it can do without on another. */
static int fit_disks(struct context *ctx, const struct layout *wanted, const struct layout *present, const struct disk_map *map,
		     struct layout *result)
{
	int r = fit_some_disks(ctx, wanted, present, map, result, true);

	return r ? r : fit_some_disks(ctx, wanted, present, map, result, false);
}

/* Where filesystems and swap spaces lie by their new names, and whether they can. */
static int place_contents(struct context *ctx, struct layout *result)
{
	for (size_t i = 0; i < result->count; i++) {
		struct node *node = result->nodes[i];
		const struct node *on = node->on ? layout_find(result, node->on[0]) : NULL;
		AUTO_FREE char *why = NULL;
		uint32_t sector;

		/* What is not made has no device. */
		if ((node->type != NODE_FILESYSTEM && node->type != NODE_SWAP) || !on->device)
			continue;
		if (replace_text(&node->device, on->device))
			return context_oom(ctx);
		sector = layout_sector_of(result, node);
		if (!content_has_small_blocks(node, sector))
			continue;
		why = content_small_blocks_text(node, sector);
		return why ? context_fail(ctx, EINVAL, "%s", why) : context_oom(ctx);
	}
	return 0;
}

int fit_layout(struct context *ctx, const struct layout *wanted, const struct layout *present,
	       const struct disk_map *map, struct layout **ret)
{
	AUTO_LAYOUT struct layout *result = NULL;
	int r = fit_kept(ctx, wanted, map, &result);

	if (!r)
		r = fit_disks(ctx, wanted, present, map, result);
	if (!r)
		r = sizes_carry(ctx, wanted, result, fit_array);
	if (!r)
		r = fit_names(ctx, present, result);
	if (!r)
		r = place_contents(ctx, result);
	if (!r)
		*ret = TAKE_POINTER(result);
	return r;
}
