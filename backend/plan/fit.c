#include "fit.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "../storage/mkfs.h"
#include "fit_parts.h"

char *fit_partition_device(const char *disk_device, uint32_t number)
{
	size_t length = strlen(disk_device);
	bool digit = length && isdigit((unsigned char)disk_device[length - 1]);

	return text_format("%s%s%" PRIu32, disk_device, digit ? "p" : "", number);
}

static int fail_too_small(struct context *ctx, const struct solver *solver, uint64_t needed)
{
	AUTO_FREE char *needs = bytes_print_size(needed), *has = bytes_print_size(solver->size);
	AUTO_FREE char *name = node_describe(solver->disk);

	return context_fail(ctx, ENOSPC, "The disk %s is too small: %s are needed, it has %s", name ? name : "",
			    needs ? needs : "", has ? has : "");
}

static int check_sectors(struct context *ctx, const struct solver *solver, const struct slot *slot)
{
	AUTO_FREE char *text = NULL;

	if (!content_has_small_blocks(slot->content, solver->sector))
		return 0;
	text = content_small_blocks_text(slot->content, solver->sector);
	return context_fail(ctx, EINVAL, "%s", text ? text : "");
}

/* Writes the solved place of a slot into the nodes. */
static int store_slot(struct context *ctx, struct solver *solver, struct slot *slot)
{
	struct node *content = slot->content;
	AUTO_FREE char *why = NULL;
	uint64_t size = slot->end - slot->start;
	uint64_t old = slot->partition ? slot->partition->size : size;

	if (!slot->partition && content_is_growable(content))
		old = solver->captured_size;
	if (slot->partition) {
		slot->partition->partition.start = slot->start;
		slot->partition->size = size;
		free(slot->partition->device);
		slot->partition->device = fit_partition_device(solver->disk->device, slot->partition->partition.number);
		if (!slot->partition->device)
			return context_oom(ctx);
	}
	if (!content)
		return 0;
	free(content->device);
	content->device = strdup(slot->partition ? slot->partition->device : solver->disk->device);
	if (!content->device)
		return context_oom(ctx);
	/* What is not made has no size here: one on several devices is larger than each of them. */
	if (content->type == NODE_FILESYSTEM && !mkfs_can_make(content, &why))
		return 0;
	if (!content->size)
		content->size = old;
	if (content->size > old)
		return context_fail(ctx, EINVAL, "The set's layout is damaged: %s is larger than what it lies on",
				    content->id);
	content->size = size - (old - content->size);
	if (content->size < content->used || content->size > size)
		return context_fail(ctx, ENOSPC, "The filesystem '%s' holds more than fits onto the target disk",
				    content->label ? content->label : content->id);
	return check_sectors(ctx, solver, slot);
}

static int replace_text(char **text, const char *with)
{
	char *copy = with ? strdup(with) : NULL;

	if (with && !copy)
		return -ENOMEM;
	free(*text);
	*text = copy;
	return 0;
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
	return 0;
}

static int fit_disk(struct context *ctx, struct layout *result, struct node *disk, const struct node *target)
{
	CLEANUP(solver_done) struct solver solver = { .captured_size = disk->size, .size = target->size };
	uint64_t needed;
	int r;

	if (!target->device || !target->size)
		return context_fail(ctx, EINVAL, "The target disk %s cannot be reached, or has no size", target->id);
	if (take_hardware(disk, target) || solver_collect(result, disk, &solver))
		return context_oom(ctx);
	solver.sector = disk->disk.logical_sector;
	if (!solver.count)
		return 0;
	r = solver_solve(&solver, &needed) ? fail_too_small(ctx, &solver, needed) : 0;
	for (size_t i = 0; !r && i < solver.count; i++)
		r = store_slot(ctx, &solver, &solver.slots[i]);
	return r;
}

static const struct disk_pair *pair_of(const struct disk_map *map, const char *source)
{
	for (size_t i = 0; i < map->count; i++)
		if (!strcmp(map->pairs[i].source, source))
			return &map->pairs[i];
	return NULL;
}

/* Whether every node it lies on was kept. */
static bool is_kept(const struct layout *captured, const struct disk_map *map, const struct node *node)
{
	if (node->type == NODE_DISK) {
		const struct disk_pair *pair = pair_of(map, node->id);

		return pair && pair->target;
	}
	for (char **on = node->on; on && *on; on++) {
		const struct node *below = layout_find(captured, *on);

		if (!below || !is_kept(captured, map, below))
			return false;
	}
	return true;
}

/* A copy of the nodes that lie on mapped disks only. */
static int copy_kept(struct context *ctx, const struct layout *captured, const struct disk_map *map,
		     struct layout **ret)
{
	AUTO_FREE struct node **kept = calloc(captured->count + 1, sizeof(struct node *));
	struct layout view = { .nodes = kept };

	if (!kept)
		return context_oom(ctx);
	for (size_t i = 0; i < captured->count; i++)
		if (is_kept(captured, map, captured->nodes[i]))
			view.nodes[view.count++] = captured->nodes[i];
	return layout_copy(ctx, &view, ret);
}

int fit_layout(struct context *ctx, const struct layout *captured, const struct layout *present,
	       const struct disk_map *map, struct layout **ret)
{
	AUTO_LAYOUT struct layout *result = NULL;
	int r = copy_kept(ctx, captured, map, &result);

	if (r)
		return r;
	for (size_t i = 0; i < result->count; i++) {
		const struct disk_pair *pair;
		const struct node *target;

		if (result->nodes[i]->type != NODE_DISK)
			continue;
		pair = pair_of(map, result->nodes[i]->id);
		target = pair ? layout_find(present, pair->target) : NULL;
		if (!target || target->type != NODE_DISK)
			return context_fail(ctx, ENODEV, "The disk that was chosen for %s is not there",
					    result->nodes[i]->id);
		r = fit_disk(ctx, result, result->nodes[i], target);
		if (r)
			return r;
	}
	*ret = TAKE_POINTER(result);
	return 0;
}
