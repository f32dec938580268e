/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shape.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "../fit/sizes.h"
#include "partition_kinds.h"
#include "table_kind.h"
#include "wishes_parts.h"

#define MIB (1ULL << 20)
#define PRIMARIES 4 /* entries of an MBR */
#define SECTOR 512

static uint64_t align_up(uint64_t value, uint64_t step)
{
	return (value + step - 1) / step * step;
}

/* Replaces *TEXT, owned, by VALUE, taken; NULL: memory was too short for it. 0 or -ENOMEM. */
static int set_text(char **text, char *value)
{
	if (!value)
		return -ENOMEM;
	free(*text);
	*text = value;
	return 0;
}

int shape_replace(char **list, const char *from, const char *to)
{
	int r = 0;

	for (char **id = list; r == 0 && id && *id; id++)
		if (!strcmp(*id, from))
			r = set_text(id, strdup(to));
	return r;
}

int shape_move_contents(struct layout *layout, const char *from, const char *to)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < layout->count; i++)
		r = shape_replace(layout->nodes[i]->on, from, to);
	return r;
}

/* ---- tables ---- */

static bool is_gpt(const struct node *disk)
{
	return !strcmp(disk->disk.table, "gpt");
}

static struct node *extended_of(const struct layout *layout, const struct node *disk)
{
	struct node *node;

	for (size_t at = 0; (node = layout_next_child(layout, disk->id, NODE_PARTITION, &at));)
		if (wish_has_role(node, "extended"))
			return node;
	return NULL;
}

static uint64_t end_of(const struct layout *layout, const struct node *disk)
{
	const struct node *node;
	uint64_t end = 0;

	for (size_t at = 0; (node = layout_next_child(layout, disk->id, NODE_PARTITION, &at));)
		if (node->partition.start + node->size > end)
			end = node->partition.start + node->size;
	return end;
}

/* The partition of DISK with this number, but for OTHER; NULL: it is free. */
static const struct node *numbered(const struct layout *layout, const struct node *disk, uint32_t number, const struct node *other)
{
	const struct node *node;

	for (size_t at = 0; (node = layout_next_child(layout, disk->id, NODE_PARTITION, &at));)
		if (node != other && node->partition.number == number)
			return node;
	return NULL;
}

static uint32_t free_number(const struct layout *layout, const struct node *disk, uint32_t from, const struct node *other)
{
	while (numbered(layout, disk, from, other))
		from++;
	return from;
}

static size_t free_primaries(const struct layout *layout, const struct node *disk)
{
	size_t count = 0;

	for (uint32_t number = 1; number <= PRIMARIES; number++)
		count += !numbered(layout, disk, number, NULL);
	return count;
}

/* Whether PARTITION has a PARTUUID that no other one of DISK has: disks may be copies of each other. */
static bool has_own_uuid(const struct layout *layout, const struct node *disk, const struct node *partition)
{
	const struct node *node;

	for (size_t at = 0; (node = layout_next_child(layout, disk->id, NODE_PARTITION, &at));)
		if (node != partition && node->partition.uuid && partition->partition.uuid &&
		    !strcasecmp(node->partition.uuid, partition->partition.uuid))
			return false;
	return partition->partition.uuid;
}

/* What an MBR cannot say, or a GPT cannot. 0 or -ENOMEM. */
static int suit_table(const struct layout *layout, const struct node *disk, struct node *partition)
{
	struct partition_info *info = &partition->partition;
	int r = partition_set_kind(partition, partition_kind_as(info->kind, is_gpt(disk)));

	if (is_gpt(disk)) {
		info->active = false;
		return r < 0 || has_own_uuid(layout, disk, partition) ? r : set_text(&info->uuid, table_derived_uuid(layout, disk, partition->id));
	}
	free(TAKE_POINTER(info->uuid));
	free(TAKE_POINTER(info->name));
	info->attributes = 0;
	return r;
}

/* DISK, which has no table, gets a GPT. 0 or -ENOMEM. */
static int make_gpt(struct layout *layout, struct node *disk)
{
	int r = set_text(&disk->disk.table, strdup("gpt"));

	return r < 0 ? r : set_text(&disk->disk.table_id, table_derived_uuid(layout, disk, "gpt"));
}

uint64_t shape_whole_size(const struct layout *layout, const struct node *disk, const struct node *content)
{
	bool is_all = (content->type != NODE_FILESYSTEM && content->type != NODE_SWAP) || !content->size || sizes_can_grow(layout, content);

	return align_up(is_all ? disk->size : content->size, MIB);
}

/* What lies on all of DISK gets a partition for it, and the disk a table. 0 or -errno with a sentence. */
static int make_table(struct context *ctx, struct layout *layout, struct node *disk)
{
	struct node *content = sizes_content(layout, disk), *partition;
	uint64_t size = content ? shape_whole_size(layout, disk, content) : 0;
	AUTO_FREE char *id = text_format("%s.whole", disk->id);
	int r;

	if (!id || make_gpt(layout, disk) < 0)
		return context_oom(ctx);
	/* Head and tail. */
	disk->size = 2 * MIB;
	if (!content)
		return 0;
	/* Before it is there, or it would be moved, too. */
	if (shape_move_contents(layout, disk->id, id) < 0)
		return context_oom(ctx);
	r = shape_add_partition(ctx, layout, disk, id, size, partition_kind_of(content, true), &partition);
	return r;
}

/* An extended partition behind all that DISK has. 0 or -errno with a sentence. */
static int add_extended(struct context *ctx, struct layout *layout, struct node *disk)
{
	AUTO_FREE char *id = text_format("%s.extended", disk->id);
	struct node *node = NULL;
	int r = id ? shape_add_partition(ctx, layout, disk, id, MIB, "0x05", &node) : context_oom(ctx);

	return r < 0 ? r : set_text(&node->partition.role, strdup("extended")) < 0 ? context_oom(ctx) : 0;
}

int shape_add_boot_room(struct context *ctx, struct layout *layout, struct node *disk)
{
	AUTO_FREE char *id = text_format("%s.bios", disk->id);
	struct node *node = NULL;
	int r = id ? shape_add_partition(ctx, layout, disk, id, MIB, GPT_KIND_BIOS_BOOT, &node) : context_oom(ctx);

	return r == 0 && node_property_set(node, PLANNED_PROPERTY, "table") < 0 ? context_oom(ctx) : r;
}

/* An MBR that is full becomes a GPT, with room for the loader of a machine that starts by BIOS. 0 or -errno with a sentence. */
static int leave_mbr(struct context *ctx, struct layout *layout, struct node *disk)
{
	int r = table_to_gpt(ctx, layout, disk);

	if (r == 0 && node_property_set(disk, PLANNED_PROPERTY, "full") < 0)
		return context_oom(ctx);
	disk->size += MIB;
	return r < 0 || !disk->disk.boot_code ? r : shape_add_boot_room(ctx, layout, disk);
}

int shape_make_room(struct context *ctx, struct layout *layout, struct node *disk, size_t count)
{
	const struct node *extended;
	size_t room;

	if (!disk->disk.table)
		return make_table(ctx, layout, disk);
	if (is_gpt(disk))
		return 0;
	extended = extended_of(layout, disk);
	room = free_primaries(layout, disk);
	if (count <= room || (extended && extended->partition.start + extended->size == end_of(layout, disk)))
		return 0;
	return !extended && room ? add_extended(ctx, layout, disk) : leave_mbr(ctx, layout, disk);
}

/* Whether the next partition of DISK, with an MBR, becomes a logical one: the extended one is the last, and can grow. */
static bool is_logical(const struct layout *layout, const struct node *disk, const struct node *extended)
{
	return extended && extended->partition.start + extended->size == end_of(layout, disk);
}

/* The number of PARTITION, the last of DISK: its own where that is free. Logical ones have numbers without gaps, in the order of their places. */
static uint32_t choose_number(const struct layout *layout, const struct node *disk, const struct node *partition, bool logical)
{
	uint32_t number = partition->partition.number, first = logical ? PRIMARIES + 1 : 1;
	bool suits = !logical && number && (is_gpt(disk) || number <= PRIMARIES);

	return suits && !numbered(layout, disk, number, partition) ? number : free_number(layout, disk, first, partition);
}

int shape_place(struct context *ctx, struct layout *layout, struct node *disk, struct node *partition)
{
	struct node *extended = is_gpt(disk) ? NULL : extended_of(layout, disk);
	bool logical = is_logical(layout, disk, extended);
	uint64_t end = end_of(layout, disk), start = align_up((end > MIB ? end : MIB) + (logical ? MIB : 0), MIB);
	struct partition_info *info = &partition->partition;
	AUTO_STRV char **on = NULL;
	int r = strv_append(&on, disk->id);

	/* Room for the boot record of a logical one lies before it. */
	info->number = choose_number(layout, disk, partition, logical);
	info->start = start;
	partition->size = align_up(partition->size, node_sector(disk));
	if (r == 0)
		r = suit_table(layout, disk, partition);
	if (r == 0)
		r = set_text(&info->role, strdup(logical ? "logical" : "primary"));
	if (r < 0)
		return context_oom(ctx);
	strv_free(partition->on);
	partition->on = TAKE_POINTER(on);
	disk->size += start + partition->size - (end ? end : MIB);
	if (logical)
		extended->size = start + partition->size - extended->partition.start;
	return 0;
}

int shape_add_partition(struct context *ctx, struct layout *layout, struct node *disk, const char *id, uint64_t size, const char *kind,
			 struct node **ret)
{
	struct node *node = *ret = layout_add(layout, NODE_PARTITION, id);

	if (!node || partition_set_kind(node, kind) < 0)
		return context_oom(ctx);
	node->size = size;
	return shape_place(ctx, layout, disk, node);
}

void shape_remove_partition(struct layout *layout, struct node *partition)
{
	uint64_t size = partition->size / MIB * MIB, end = partition->partition.start + partition->size;
	struct node *disk = layout_find(layout, partition->on[0]), *node;

	layout_remove(layout, partition);
	for (size_t at = 0; (node = layout_next_child(layout, disk->id, NODE_PARTITION, &at));) {
		if (node->partition.start >= end)
			node->partition.start -= size;
		else if (node->partition.start + node->size >= end)
			node->size -= size;
	}
	disk->size -= size;
}

static struct node *add_disk(struct layout *layout, const char *id, unsigned number, const struct node *like)
{
	struct node *disk = layout_add(layout, NODE_DISK, id);

	if (!disk)
		return NULL;
	disk->size = 2 * MIB;
	disk->disk.logical_sector = like ? node_sector(like) : SECTOR;
	disk->disk.physical_sector = like && like->disk.physical_sector ? like->disk.physical_sector : disk->disk.logical_sector;
	disk->disk.model = text_format("further disk %u", number);
	return disk->disk.model && make_gpt(layout, disk) == 0 ? disk : NULL;
}

struct node *shape_further_disk(struct layout *layout, const struct node *node, const struct node *like)
{
	for (unsigned number = 1;; number++) {
		AUTO_FREE char *id = text_format("disk:further.%u", number);
		struct node *disk = id ? layout_find(layout, id) : NULL;

		if (!id)
			return NULL;
		if (!disk)
			return add_disk(layout, id, number, like);
		if (disk->disk.table && is_gpt(disk) && !layout_lies_on(layout, node, disk))
			return disk;
	}
}

int shape_add_further(struct context *ctx, struct layout *layout, struct node *disk, uint64_t size, const char *kind, struct node **ret)
{
	AUTO_FREE char *id = NULL;
	size_t place = 0;

	/* "part:further.1.2" */
	do {
		free(id);
		id = text_format("part%s.%zu", strchr(disk->id, ':'), ++place);
	} while (id && layout_find(layout, id));
	return id ? shape_add_partition(ctx, layout, disk, id, size, kind, ret) : context_oom(ctx);
}
