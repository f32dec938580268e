/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where everything is put on the target disk: partitions keep their places as far as they can, filesystems take or give the difference. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "../layout/image.h"
#include "fit.h"
#include "fit_parts.h"
#include "sizes.h"
#include "sizes_group.h"

#define MIB (1ULL << 20)
/* UEFI specification 2.10, 5.3: entries of 128 bytes, in most tables 128 of them. */
#define GPT_ENTRY_BYTES 128
#define GPT_USUAL_ENTRIES 128

void solver_done(struct solver *solver)
{
	free(solver->slots);
}

static uint64_t align_up(uint64_t value, uint64_t step)
{
	return (value + step - 1) / step * step;
}

static int compare_slots(const void *a, const void *b)
{
	const struct slot *one = a, *two = b;

	if (one->start != two->start)
		return one->start < two->start ? -1 : 1;
	return (int)two->extended - (int)one->extended;
}

static bool role_is(const struct node *partition, const char *role)
{
	return partition->partition.role && !strcmp(partition->partition.role, role);
}

/* A filesystem or swap space that cannot grow needs no more of a whole disk than its own size. */
static bool ends_with_content(const struct layout *layout, const struct node *content)
{
	return (content->type == NODE_FILESYSTEM || content->type == NODE_SWAP) && content->size && !sizes_can_grow(layout, content);
}

int solver_collect(struct solver *solver, struct node *disk)
{
	const struct layout *layout = solver->layout;
	struct node *content = sizes_content(layout, disk);

	solver->disk = disk;
	solver->gpt = node_table(disk) && !strcmp(node_table(disk), "gpt");
	solver->slots = calloc(layout->count + 1, sizeof(*solver->slots));
	if (!solver->slots)
		return -ENOMEM;
	for (size_t i = 0; i < layout->count; i++) {
		struct node *node = layout->nodes[i];

		if (node->type != NODE_PARTITION || strcmp(node->on[0], disk->id))
			continue;
		solver->slots[solver->count++] = (struct slot){
			.partition = node,
			.content = sizes_content(layout, node),
			.start = node->partition.start,
			.end = node->partition.start + node->size,
			.extended = role_is(node, "extended"),
			.logical = role_is(node, "logical"),
		};
	}
	if (!solver->count && content)
		solver->slots[solver->count++] = (struct slot){
			.content = content,
			.end = ends_with_content(layout, content) ? content->size : solver->captured_size,
		};
	qsort(solver->slots, solver->count, sizeof(*solver->slots), compare_slots);
	return 0;
}

/* Bytes that the table itself takes at the start of the disk, and at its end. */
static uint64_t table_head(const struct solver *solver)
{
	uint64_t entries = node_table_entries(solver->disk) ? node_table_entries(solver->disk) : GPT_USUAL_ENTRIES;

	if (!solver->gpt)
		return solver->sector;
	for (size_t i = 0; i < solver->count; i++)
		if (solver->slots[i].partition && solver->slots[i].partition->partition.number > entries)
			entries = solver->slots[i].partition->partition.number;
	return 2 * (uint64_t)solver->sector + align_up(entries * GPT_ENTRY_BYTES, solver->sector);
}

uint64_t solver_tail(const struct solver *solver)
{
	return solver->gpt ? table_head(solver) - solver->sector : 0;
}

bool solver_is_cut_short(const struct solver *solver)
{
	return solver->slots[0].partition && !solver->gpt && solver->size / solver->sector > UINT32_MAX; /* an MBR counts sectors in 32 bits */
}

/* First byte that no partition may reach. */
static uint64_t usable_end(const struct solver *solver)
{
	uint64_t end = solver->size - solver->size % solver->sector;

	if (solver_is_cut_short(solver))
		end = (uint64_t)UINT32_MAX * solver->sector;
	return end > solver_tail(solver) ? end - solver_tail(solver) : 0;
}

static bool is_in_place(const struct solver *solver)
{
	for (size_t i = 0; i < solver->count; i++)
		if (solver->slots[i].start % solver->sector || (solver->slots[i].end - solver->slots[i].start) % solver->sector ||
		    solver->slots[i].start < table_head(solver))
			return false;
	return true;
}

/* Where the target's sectors do not divide the captured places, each partition moves to the next MiB that is free. */
void solver_realign(struct solver *solver)
{
	struct slot *extended = NULL;
	uint64_t free_from = table_head(solver), free_inside = 0;

	if (is_in_place(solver) || !solver->slots[0].partition)
		return;
	for (size_t i = 0; i < solver->count; i++) {
		struct slot *slot = &solver->slots[i];
		uint64_t size = align_up(slot->end - slot->start, solver->sector);
		/* A logical partition needs a sector before it for its own boot record. */
		uint64_t least = slot->logical ? free_inside + solver->sector : free_from;

		slot->start = align_up(slot->start > least ? slot->start : least, MIB);
		slot->end = slot->start + size;
		if (slot->extended) {
			extended = slot;
			free_inside = slot->start;
		}
		if (slot->logical)
			free_inside = slot->end;
		/* The extended partition ends behind its last logical one. */
		if (slot->logical && extended && extended->end < slot->end)
			extended->end = slot->end;
		free_from = slot->logical && extended ? extended->end : slot->end;
	}
}

uint64_t solver_end(const struct solver *solver)
{
	uint64_t end = 0;

	for (size_t i = 0; i < solver->count; i++)
		if (solver->slots[i].end > end)
			end = solver->slots[i].end;
	return end;
}

static enum node_sizing sizing_of(const struct slot *slot)
{
	return slot->partition ? slot->partition->sizing : SIZING_SOLVED;
}

/* Whether SLOT takes a part of the difference; REST: one of them was to get the rest. */
static bool takes_growth(const struct solver *solver, const struct slot *slot, bool rest)
{
	bool grows = slot->content && sizes_takes_growth(solver->layout, slot->content);

	return slot->partition ? sizing_takes(slot->partition, grows, rest) : grows;
}

/* Makes the ELASTIC slot longer or shorter by DELTA bytes and moves what lies behind it. */
static void apply_delta(struct solver *solver, const struct slot *elastic, int64_t delta)
{
	uint64_t old_end = elastic->end;

	for (size_t i = 0; i < solver->count; i++) {
		struct slot *slot = &solver->slots[i];

		if (slot->start >= old_end)
			slot->start += (uint64_t)delta;
		if (slot->end >= old_end)
			slot->end += (uint64_t)delta;
	}
}

int fit_resize(struct layout *layout, struct node *disk, const struct node *partition, uint64_t size)
{
	CLEANUP(solver_done) struct solver solver = { .layout = layout, .captured_size = disk->size, .size = disk->size };
	int64_t delta = (int64_t)size - (int64_t)partition->size;
	size_t i = 0;

	solver.sector = disk->disk.logical_sector;
	if (solver_collect(&solver, disk))
		return -ENOMEM;
	while (solver.slots[i].partition != partition)
		i++;
	apply_delta(&solver, &solver.slots[i], delta);
	for (i = 0; i < solver.count; i++) {
		solver.slots[i].partition->partition.start = solver.slots[i].start;
		solver.slots[i].partition->size = solver.slots[i].end - solver.slots[i].start;
	}
	disk->size += (uint64_t)delta;
	return 0;
}

/* Bytes at the end of an EXTENDED partition in which no logical one lies, whole MiB. */
static uint64_t empty_tail(const struct solver *solver, const struct slot *extended)
{
	uint64_t used = extended->start + MIB;

	for (const struct slot *slot = extended + 1; slot < solver->slots + solver->count; slot++)
		if (slot->logical && slot->end > used)
			used = slot->end;
	return extended->end > used ? (extended->end - used) / MIB * MIB : 0;
}

/* Bytes by which SLOT may shrink, whole MiB. */
static uint64_t slack(const struct solver *solver, const struct slot *slot)
{
	uint64_t size = slot->end - slot->start;

	if (slot->extended)
		return empty_tail(solver, slot);
	if (!slot->content || sizing_of(slot) == SIZING_FIXED)
		return 0;
	return (size - sizes_minimum(solver->layout, slot->content, size, solver->sector)) / MIB * MIB;
}

uint64_t solver_slack(const struct solver *solver)
{
	uint64_t total = 0;

	for (size_t i = 0; i < solver->count; i++)
		total += slack(solver, &solver->slots[i]);
	return total;
}

/* Takes what it can of MISSING bytes from the extended partition's empty end, or from filesystems, the last first. What is still missing. */
static uint64_t take_room(struct solver *solver, uint64_t missing, bool extended)
{
	for (size_t i = solver->count; i > 0 && missing; i--) {
		struct slot *slot = &solver->slots[i - 1];
		uint64_t room = slot->extended == extended ? slack(solver, slot) : 0, taken = room < missing ? room : missing;

		if (taken)
			apply_delta(solver, slot, -(int64_t)taken);
		missing -= taken;
	}
	return missing;
}

/* Takes MISSING bytes (whole MiB, no more than there is slack): empty room before that of filesystems. */
static void shrink(struct solver *solver, uint64_t missing)
{
	take_room(solver, take_room(solver, missing, true), false);
}

static uint64_t lost(const struct slot *slot)
{
	return slot->before - (slot->end - slot->start);
}

static bool is_member(const struct slot *slot, const struct node *array)
{
	return slot->content == array && sizing_of(slot) == SIZING_SOLVED;
}

/* Several members of one array, from slot number FIRST on, lose alike: what one has more than another is of no use. */
static void even_members(struct solver *solver, size_t first)
{
	const struct node *array = solver->slots[first].content;
	uint64_t all = 0, count = 0;

	for (size_t i = first; i < solver->count; i++)
		if (is_member(&solver->slots[i], array)) {
			all += lost(&solver->slots[i]);
			count++;
		}
	for (size_t i = first; count > 1 && i < solver->count; i++)
		if (is_member(&solver->slots[i], array))
			apply_delta(solver, &solver->slots[i], (int64_t)lost(&solver->slots[i]) - (int64_t)align_up((all + count - 1) / count, MIB));
}

static bool has_rest(const struct solver *solver)
{
	for (size_t i = 0; i < solver->count; i++)
		if (sizing_of(&solver->slots[i]) == SIZING_REST)
			return true;
	return false;
}

/* Gives ROOM bytes (whole MiB) to the slots that take them, by their sizes; to those that were to get the rest alone, where there are any. */
static void grow(struct solver *solver, uint64_t room)
{
	struct sharing sharing = { .units = room / MIB };
	bool rest = has_rest(solver);

	for (size_t i = 0; i < solver->count; i++)
		if (takes_growth(solver, &solver->slots[i], rest))
			sharing.weights += solver->slots[i].end - solver->slots[i].start;
	for (size_t i = 0; sharing.weights && i < solver->count; i++) {
		const struct slot *slot = &solver->slots[i];

		if (takes_growth(solver, slot, rest))
			apply_delta(solver, slot, (int64_t)(sharing_take(&sharing, slot->end - slot->start) * MIB));
	}
}

/* Places everything on the target. -ENOSPC when it does not fit; *RET_NEEDED as of fit_parts.h. */
int solver_solve(struct solver *solver, uint64_t *ret_needed)
{
	uint64_t end, limit, total_slack;

	solver_realign(solver);
	end = solver_end(solver);
	limit = usable_end(solver);
	total_slack = solver_slack(solver);
	*ret_needed = end - total_slack + solver_tail(solver);
	if (end > limit) {
		uint64_t missing = align_up(end - limit, MIB);

		if (missing > total_slack)
			return -ENOSPC;
		for (size_t i = 0; i < solver->count; i++)
			solver->slots[i].before = solver->slots[i].end - solver->slots[i].start;
		shrink(solver, missing);
		for (size_t i = 0; i < solver->count; i++)
			if (solver->slots[i].content && solver->slots[i].content->type == NODE_RAID)
				even_members(solver, i);
	} else if (solver->size > solver->captured_size || has_rest(solver)) {
		grow(solver, (limit - end) / MIB * MIB);
	}
	return 0;
}

/* Whether the blocks of CONTENT are smaller than SECTOR: made there, it could not be mounted. */
bool content_has_small_blocks(const struct node *content, uint32_t sector)
{
	const char *text = NULL;
	uint64_t block;

	if (content->type == NODE_FILESYSTEM && node_image(content))
		return node_number(content, "sector_size") && node_number(content, "sector_size") != sector;

	if (content->type == NODE_FILESYSTEM && fit_is_growable(content->filesystem.kind))
		text = node_property(content,
					   strcmp(content->filesystem.kind, "btrfs") ? "block_size" : "sector_size");
	return text && parse_u64(text, &block) && block && block < sector &&
	       !fit_can_raise_blocks(content, content->size, sector);
}

char *content_small_blocks_text(const struct node *content, uint32_t sector)
{
	const char *key = strcmp(content->filesystem.kind, "btrfs") ? "block_size" : "sector_size";
	AUTO_FREE char *name = node_image(content) ? node_describe(content) : NULL;

	if (name)
		return sentence("The image of the %s lay on sectors of %s bytes, and the target disk's sectors have %u: it would not be usable there",
				name, node_property(content, "sector_size"), sector);
	return sentence("The %s filesystem '%s' has blocks of %s bytes, and the target disk's sectors have %u: it cannot be "
		"made there", content->filesystem.kind, content->label ? content->label : content->id, node_property(content, key),
		sector);
}
