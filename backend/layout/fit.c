#include "fit.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define MIB (1ULL << 20)
/* A shrunk filesystem keeps a tenth of its used bytes and this much free, for its own tables and the restored system's
 * first boot. */
#define SHRINK_RESERVE (64 * MIB)
/* UEFI specification 2.10, 5.3: at least 16 KiB of entries, 128 bytes each. */
#define GPT_ENTRY_BYTES 128
#define GPT_MINIMUM_ENTRIES 128

/* A partition while its place is solved. */
struct slot {
	struct node *partition; /* NULL: content lies on the disk itself */
	struct node *content;   /* filesystem or swap, or NULL */
	uint64_t start, end;    /* bytes */
	bool extended, logical;
};

/* One disk while it is solved. */
struct solver {
	struct node *disk;
	uint64_t size; /* of the target, bytes */
	uint64_t captured_size;
	uint32_t sector; /* logical, of the target */
	bool gpt;
	struct slot *slots; /* by start; an extended partition before its logical ones */
	size_t count;
};

static void solver_done(struct solver *solver)
{
	free(solver->slots);
}

static uint64_t align_up(uint64_t value, uint64_t step)
{
	return (value + step - 1) / step * step;
}

bool fit_is_growable(const char *kind)
{
	static const char *const kinds[] = { "ext2", "ext3", "ext4", "xfs", "btrfs" };

	for (size_t i = 0; kind && i < ARRAY_LENGTH(kinds); i++)
		if (!strcmp(kind, kinds[i]))
			return true;
	return false;
}

char *fit_partition_device(const char *disk_device, uint32_t number)
{
	size_t length = strlen(disk_device);
	bool digit = length && isdigit((unsigned char)disk_device[length - 1]);

	return text_format("%s%s%" PRIu32, disk_device, digit ? "p" : "", number);
}

static bool is_growable(const struct node *content)
{
	return content->type == NODE_FILESYSTEM && fit_is_growable(content->filesystem.kind);
}

static int compare_slots(const void *a, const void *b)
{
	const struct slot *one = a, *two = b;

	if (one->start != two->start)
		return one->start < two->start ? -1 : 1;
	return (int)two->extended - (int)one->extended;
}

static struct node *content_of(const struct layout *layout, const struct node *holder)
{
	struct node *content = layout_child(layout, holder->id, NODE_FILESYSTEM, 0);

	return content ? content : layout_child(layout, holder->id, NODE_SWAP, 0);
}

static bool role_is(const struct node *partition, const char *role)
{
	return partition->partition.role && !strcmp(partition->partition.role, role);
}

/* Gathers the partitions of DISK (a node of LAYOUT), or the disk's own content as one slot. 0 or -ENOMEM. */
static int collect_slots(const struct layout *layout, struct node *disk, struct solver *solver)
{
	solver->disk = disk;
	solver->gpt = disk->disk.table && !strcmp(disk->disk.table, "gpt");
	solver->slots = calloc(layout->count + 1, sizeof(*solver->slots));
	if (!solver->slots)
		return -ENOMEM;
	for (size_t i = 0; i < layout->count; i++) {
		struct node *node = layout->nodes[i];

		if (node->type != NODE_PARTITION || layout_disk_of(layout, node) != disk)
			continue;
		solver->slots[solver->count++] = (struct slot){
			.partition = node,
			.content = content_of(layout, node),
			.start = node->partition.start,
			.end = node->partition.start + node->size,
			.extended = role_is(node, "extended"),
			.logical = role_is(node, "logical"),
		};
	}
	if (!solver->count && content_of(layout, disk)) {
		struct node *content = content_of(layout, disk);

		solver->slots[solver->count++] = (struct slot){
			.content = content,
			.end = is_growable(content) || !content->size ? solver->captured_size : content->size,
		};
	}
	qsort(solver->slots, solver->count, sizeof(*solver->slots), compare_slots);
	return 0;
}

/* Bytes that the table itself takes at the start of the disk, and at its end. */
static uint64_t table_head(const struct solver *solver)
{
	uint64_t entries = GPT_MINIMUM_ENTRIES;

	if (!solver->gpt)
		return solver->sector;
	for (size_t i = 0; i < solver->count; i++)
		if (solver->slots[i].partition && solver->slots[i].partition->partition.number > entries)
			entries = solver->slots[i].partition->partition.number;
	return 2 * (uint64_t)solver->sector + align_up(entries * GPT_ENTRY_BYTES, solver->sector);
}

static uint64_t table_tail(const struct solver *solver)
{
	return solver->gpt ? table_head(solver) - solver->sector : 0;
}

/* First byte that no partition may reach. */
static uint64_t usable_end(const struct solver *solver)
{
	uint64_t end = solver->size - solver->size % solver->sector;

	if (solver->slots[0].partition && !solver->gpt && end / solver->sector > UINT32_MAX)
		end = (uint64_t)UINT32_MAX * solver->sector; /* an MBR counts sectors in 32 bits */
	return end > table_tail(solver) ? end - table_tail(solver) : 0;
}

/* Where the target's sectors do not divide the captured places, each partition moves to the next MiB that is free. */
static void realign(struct solver *solver)
{
	uint64_t previous = 0;
	bool fits = true;

	for (size_t i = 0; i < solver->count; i++)
		if (solver->slots[i].start % solver->sector ||
		    (solver->slots[i].end - solver->slots[i].start) % solver->sector ||
		    solver->slots[i].start < table_head(solver))
			fits = false;
	if (fits || !solver->slots[0].partition)
		return;
	for (size_t i = 0; i < solver->count; i++) {
		struct slot *slot = &solver->slots[i];
		uint64_t size = align_up(slot->end - slot->start, solver->sector);
		uint64_t free_from = previous ? previous : table_head(solver);

		/* A logical partition needs a sector before it for its own boot record. */
		if (slot->logical)
			free_from += solver->sector;
		slot->start = align_up(slot->start > free_from ? slot->start : free_from, MIB);
		slot->end = slot->start + size;
		previous = slot->extended ? slot->start : slot->end;
	}
	for (size_t i = 0; i < solver->count; i++) {
		struct slot *extended = &solver->slots[i];

		for (size_t k = i + 1; extended->extended && k < solver->count && solver->slots[k].logical; k++)
			if (solver->slots[k].end > extended->end)
				extended->end = solver->slots[k].end;
	}
}

static uint64_t slots_end(const struct solver *solver)
{
	uint64_t end = 0;

	for (size_t i = 0; i < solver->count; i++)
		if (solver->slots[i].end > end)
			end = solver->slots[i].end;
	return end;
}

/* The slot that takes the difference: the last with a filesystem that can. */
static struct slot *elastic_slot(const struct solver *solver)
{
	for (size_t i = solver->count; i > 0; i--) {
		struct slot *slot = &solver->slots[i - 1];

		if (slot->content && is_growable(slot->content))
			return slot;
	}
	return NULL;
}

/* A number among the properties; 0 when it is absent or none. */
static uint64_t property_of(const struct node *filesystem, const char *key)
{
	const char *text = filesystem_property(filesystem, key);
	uint64_t value = 0;

	return text && parse_u64(text, &value) ? value : 0;
}

/* What a filesystem needs beside its used bytes: the tables of ext are not among them, nor is a log or journal; btrfs
 * keeps its tables twice, and in chunks. SIZE bounds what a set may say. */
static uint64_t overhead(const struct node *filesystem, uint64_t size)
{
	const char *kind = filesystem->filesystem.kind;
	uint64_t inodes = property_of(filesystem, "inodes"), inode_size = property_of(filesystem, "inode_size");
	uint64_t journal = property_of(filesystem, "journal_size");

	if (!strcmp(kind, "xfs"))
		return 128 * MIB;
	if (!strcmp(kind, "btrfs"))
		return filesystem->used / 10 + 192 * MIB;
	if ((inode_size && inodes > size / inode_size) || journal > size)
		return size;
	return inodes * inode_size + journal;
}

/* The least bytes a filesystem may be given when it must shrink; its captured size when its used bytes are not
 * known. */
static uint64_t filesystem_minimum(const struct node *filesystem, uint64_t size)
{
	uint64_t minimum;

	if (!filesystem->used || filesystem->used > size)
		return size;
	minimum = filesystem->used + filesystem->used / 10 + SHRINK_RESERVE + overhead(filesystem, size);
	/* mkfs.xfs refuses smaller ones. */
	if (!strcmp(filesystem->filesystem.kind, "xfs") && minimum < 320 * MIB)
		minimum = 320 * MIB;
	return minimum < size ? align_up(minimum, MIB) : size;
}

/* Makes the elastic slot longer or shorter by DELTA bytes and moves what lies behind it. */
static void apply_delta(struct solver *solver, struct slot *elastic, int64_t delta)
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

/* Bytes by which the elastic slot may shrink, whole MiB. */
static uint64_t slack(const struct slot *elastic)
{
	uint64_t size = elastic ? elastic->end - elastic->start : 0;

	return elastic ? (size - filesystem_minimum(elastic->content, size)) / MIB * MIB : 0;
}

static int solve(struct context *ctx, struct solver *solver)
{
	struct slot *elastic = elastic_slot(solver);
	uint64_t end, limit;

	realign(solver);
	end = slots_end(solver);
	limit = usable_end(solver);
	if (end > limit) {
		uint64_t missing = align_up(end - limit, MIB);

		if (missing > slack(elastic)) {
			AUTO_FREE char *needs = bytes_print_size(end - slack(elastic) + table_tail(solver));
			AUTO_FREE char *has = bytes_print_size(solver->size);
			AUTO_FREE char *name = node_describe(solver->disk);

			return context_fail(ctx, ENOSPC, "The disk %s is too small: %s are needed, it has %s",
					    name ? name : "", needs ? needs : "", has ? has : "");
		}
		apply_delta(solver, elastic, -(int64_t)missing);
	} else if (elastic && solver->size > solver->captured_size && limit - end >= MIB) {
		apply_delta(solver, elastic, (int64_t)((limit - end) / MIB * MIB));
	}
	return 0;
}

/* A filesystem that is made on larger sectors than its blocks cannot be mounted. */
static int check_sectors(struct context *ctx, const struct solver *solver, const struct slot *slot)
{
	const struct node *content = slot->content;
	const char *text = NULL;
	uint64_t block;

	if (is_growable(content))
		text = filesystem_property(content,
					   strcmp(content->filesystem.kind, "btrfs") ? "block_size" : "sector_size");
	if (!text || !parse_u64(text, &block) || !block || block >= solver->sector)
		return 0;
	return context_fail(ctx, EINVAL,
			    "The %s filesystem '%s' has blocks of %" PRIu64
			    " bytes, and the target disk's sectors have %" PRIu32 ": it cannot be made there",
			    content->filesystem.kind, content->label ? content->label : content->id, block,
			    solver->sector);
}

/* Writes the solved place of a slot into the nodes. */
static int store_slot(struct context *ctx, struct solver *solver, struct slot *slot)
{
	struct node *content = slot->content;
	uint64_t size = slot->end - slot->start;
	uint64_t old = slot->partition ? slot->partition->size : size;

	if (!slot->partition && is_growable(content))
		old = solver->captured_size;
	if (slot->partition) {
		slot->partition->partition.start = slot->start;
		slot->partition->size = size;
		free(slot->partition->device);
		slot->partition->device = fit_partition_device(solver->disk->device, slot->partition->partition.number);
		if (!slot->partition->device)
			return context_fail(ctx, ENOMEM, "Out of memory");
	}
	if (!content)
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
	free(content->device);
	content->device = strdup(slot->partition ? slot->partition->device : solver->disk->device);
	if (!content->device)
		return context_fail(ctx, ENOMEM, "Out of memory");
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
	int r;

	if (!target->device || !target->size)
		return context_fail(ctx, EINVAL, "The target disk %s has no device node or no size", target->id);
	if (take_hardware(disk, target) || collect_slots(result, disk, &solver))
		return context_fail(ctx, ENOMEM, "Out of memory");
	solver.sector = disk->disk.logical_sector;
	if (!solver.count)
		return 0;
	r = solve(ctx, &solver);
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
	json_t *array;
	int r;

	if (!kept)
		return context_fail(ctx, ENOMEM, "Out of memory");
	for (size_t i = 0; i < captured->count; i++)
		if (is_kept(captured, map, captured->nodes[i]))
			view.nodes[view.count++] = captured->nodes[i];
	array = layout_to_json(&view);
	if (!array)
		return context_fail(ctx, ENOMEM, "Out of memory");
	r = layout_from_json(ctx, array, ret);
	json_decref(array);
	return r;
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

uint64_t fit_minimum(const struct layout *captured, const struct node *source, uint32_t logical_sector)
{
	CLEANUP(solver_done) struct solver solver = { .captured_size = source->size, .size = source->size };
	struct node *disk = layout_find(captured, source->id);

	solver.sector = logical_sector ? logical_sector : source->disk.logical_sector;
	if (!disk || collect_slots(captured, disk, &solver))
		return 0;
	if (!solver.count)
		return solver.sector;
	realign(&solver);
	return slots_end(&solver) - slack(elastic_slot(&solver)) + table_tail(&solver);
}
