/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "adapt.h"

#include <errno.h>
#include <string.h>

#include "../layout/image.h"
#include "esp.h"
#include "table_kind.h"

#define MIB (1ULL << 20)
#define ESP_SIZE (512 * MIB)
#define BIOS_BOOT_SIZE MIB
/* An MBR counts sectors in 32 bits. */
#define MBR_SECTORS UINT32_MAX
#define MBR_PRIMARIES 4

/* One adaption. */
struct adaption {
	struct context *ctx;
	const struct circumstances *circumstances;
	struct layout *layout;
	struct node **homes;     /* the disks that the system starts from; NULL-ended */
};

/* ---- where the system starts from ---- */

/* Whether HOME outlives the loss of one of its disks. */
static bool is_mirrored(const struct layout *layout, const struct node *home)
{
	const char *profile = node_property(home, "metadata_profile");

	if (home->on[1])
		return profile && !strncmp(profile, "raid1", 5);
	for (size_t i = 0; i < layout->count; i++)
		if (layout->nodes[i]->type == NODE_RAID && layout_lies_on(layout, home, layout->nodes[i]))
			return true;
	return false;
}

/* The disks with a table that hold a part of /boot. NULL when out of memory. */
static struct node **find_homes(const struct layout *layout)
{
	const struct node *home = layout_boot(layout);
	struct node **homes = calloc(layout->count + 1, sizeof(*homes));
	size_t count = 0;

	for (size_t i = 0; homes && home && i < layout->count; i++)
		if (layout->nodes[i]->type == NODE_DISK && layout->nodes[i]->disk.table && layout_lies_on(layout, home, layout->nodes[i]))
			homes[count++] = layout->nodes[i];
	return homes;
}

static bool has_esp(const struct layout *layout)
{
	for (size_t i = 0; i < layout->count; i++)
		for (size_t k = 0; partition_is_esp(layout->nodes[i]) && k < layout->count; k++)
			if (layout->nodes[k]->type == NODE_MOUNT && layout_lies_on(layout, layout->nodes[k], layout->nodes[i]))
				return true;
	return false;
}

static bool has_bios_boot(const struct layout *layout, const struct node *disk)
{
	const struct node *node;

	for (size_t at = 0; (node = layout_next_child(layout, disk->id, NODE_PARTITION, &at));)
		if (partition_is_bios_boot(node))
			return true;
	return false;
}

static bool is_table(const struct node *disk, const char *table)
{
	return disk->disk.table && !strcmp(disk->disk.table, table);
}

static bool is_among(struct node *const *homes, const struct node *disk)
{
	while (*homes && *homes != disk)
		homes++;
	return *homes;
}

/* ---- tables ---- */

/* DISK has a table of the kind TABLE from now on, because of WHY. */
static int change_table(struct adaption *adaption, struct node *disk, const char *table, const char *why)
{
	int r;

	if (is_table(disk, table))
		return 0;
	r = !strcmp(table, "gpt") ? table_to_gpt(adaption->ctx, adaption->layout, disk) : table_to_mbr(adaption->ctx, adaption->layout, disk);
	return r == 0 && node_property_set(disk, PLANNED_PROPERTY, why) < 0 ? context_oom(adaption->ctx) : r;
}

/* What the operator wants DISK's table to be; NULL: as it is. Whether that makes sense is looked at with the other wishes. */
static const char *wished_table(const struct adaption *adaption, const struct node *disk)
{
	const char *table = json_string_value(json_object_get(json_object_get(adaption->circumstances->wishes, disk->id), "table"));

	return table && disk->disk.table && (!strcmp(table, "gpt") || !strcmp(table, "dos")) ? table : NULL;
}

/* Whether what takes the place of DISK is larger than an MBR reaches. */
static bool is_beyond_mbr(const struct adaption *adaption, const struct node *disk)
{
	const struct disk_map *map = adaption->circumstances->map;
	const struct node *target = NULL;

	for (size_t i = 0; map && i < map->count; i++)
		if (map->pairs[i].target && !strcmp(map->pairs[i].source, disk->id))
			target = layout_find(adaption->circumstances->present, map->pairs[i].target);
	return adaption->circumstances->large ||
	       (target && target->size / (target->disk.logical_sector ? target->disk.logical_sector : 512) > MBR_SECTORS);
}

/* Another system on DISK, which is in the set as an image; NULL: none is known. */
static const struct node *other_system(const struct layout *layout, const struct node *disk)
{
	for (size_t i = 0; i < layout->count; i++)
		if (node_image(layout->nodes[i]) && layout_lies_on(layout, layout->nodes[i], disk))
			return layout->nodes[i];
	return NULL;
}

/* A loader of somebody else may know no GPT: on a disk that this system does not start from, or beside it. */
static bool may_be_gpt(const struct adaption *adaption, const struct node *disk)
{
	const struct start *start = adaption->circumstances->start;

	if (!start || (disk->disk.boot_code && other_system(adaption->layout, disk)))
		return false;
	return is_among(adaption->homes, disk) ? start->uefi || start->loader_bios : !disk->disk.boot_code;
}

static int change_tables(struct adaption *adaption)
{
	int r = 0;

	/* A table may take nodes away, and never a disk. */
	for (size_t i = 0; r == 0 && i < adaption->layout->count; i++) {
		struct node *disk = adaption->layout->nodes[i];
		const char *wished = disk->type == NODE_DISK ? wished_table(adaption, disk) : NULL;

		if (disk->type != NODE_DISK)
			continue;
		if (wished)
			r = change_table(adaption, disk, wished, "operator");
		else if (is_table(disk, "dos") && is_beyond_mbr(adaption, disk) && may_be_gpt(adaption, disk))
			r = change_table(adaption, disk, "gpt", "size");
	}
	return r;
}

/* ---- partitions that are planned in ---- */

/* Makes room for END bytes at the start of DISK: all partitions move up by whole MiB. */
static void move_up(struct layout *layout, struct node *disk, uint64_t end)
{
	uint64_t first = UINT64_MAX, moved;
	struct node *node;

	for (size_t at = 0; (node = layout_next_child(layout, disk->id, NODE_PARTITION, &at));)
		first = node->partition.start < first ? node->partition.start : first;
	moved = first < end ? (end - first + MIB - 1) / MIB * MIB : 0;
	for (size_t at = 0; (node = layout_next_child(layout, disk->id, NODE_PARTITION, &at));)
		node->partition.start += moved;
	disk->size += moved;
}

/* A number that no partition of DISK has: behind all others on a GPT, a primary one's on an MBR; 0: there is none. */
static uint32_t free_number(const struct layout *layout, const struct node *disk)
{
	bool taken[MBR_PRIMARIES + 1] = { true };
	uint32_t last = 0, number = 0;
	const struct node *node;

	for (size_t at = 0; (node = layout_next_child(layout, disk->id, NODE_PARTITION, &at));) {
		last = node->partition.number > last ? node->partition.number : last;
		if (node->partition.number <= MBR_PRIMARIES)
			taken[node->partition.number] = true;
	}
	if (is_table(disk, "gpt"))
		return last < LAYOUT_PARTITION_LIMIT ? last + 1 : 0;
	while (number <= MBR_PRIMARIES && taken[number])
		number++;
	return number <= MBR_PRIMARIES ? number : 0;
}

/* A partition of SIZE bytes with this NUMBER at the start of DISK, in front of all others. NULL when out of memory. */
static struct node *insert_partition(struct layout *layout, struct node *disk, uint32_t number, const char *name, const char *kind, uint64_t size,
				     const char *why)
{
	bool gpt = is_table(disk, "gpt");
	AUTO_FREE char *id = text_format("planned:%s:%s", why, disk->id);
	struct node *node;

	move_up(layout, disk, MIB + size);
	node = id ? layout_insert(layout, NODE_PARTITION, id, disk) : NULL;
	if (!node || strv_append(&node->on, disk->id) < 0 || node_property_set(node, PLANNED_PROPERTY, why) < 0)
		return NULL;
	node->size = size;
	node->partition.start = MIB;
	node->partition.number = number;
	node->partition.kind = strdup(kind);
	node->partition.role = strdup("primary");
	node->partition.name = gpt ? strdup(name) : NULL;
	node->partition.uuid = gpt ? table_derived_uuid(layout, disk, name) : NULL;
	return node->partition.kind && node->partition.role && (!gpt || (node->partition.name && node->partition.uuid)) ? node : NULL;
}

static int plan_esp(struct adaption *adaption, struct node *disk)
{
	int r = wished_table(adaption, disk) ? 0 : change_table(adaption, disk, "gpt", "uefi");
	uint32_t number = r < 0 ? 0 : free_number(adaption->layout, disk);
	AUTO_FREE char *name = node_describe(disk);
	struct node *partition;

	if (r < 0)
		return r;
	if (!number)
		return context_fail(adaption->ctx, EINVAL, "The partition table of %s has no place for the EFI system partition that this machine needs: "
				    "choose a GPT for it", name ? name : disk->id);
	partition = insert_partition(adaption->layout, disk, number, "EFI system partition", is_table(disk, "gpt") ? GPT_KIND_ESP : "0xef", ESP_SIZE,
				     "uefi");
	return !partition || esp_fill(adaption->layout, disk, partition, "uefi") < 0 ? context_oom(adaption->ctx) : 0;
}

/* The loader's core has its place in front of the first partition of an MBR; a GPT needs a partition for it. */
static int plan_bios_boot(struct adaption *adaption, struct node *disk)
{
	bool changed = node_property(disk, PLANNED_PROPERTY);
	uint32_t number = free_number(adaption->layout, disk);

	if (!is_table(disk, "gpt") || has_bios_boot(adaption->layout, disk) || !number ||
	    !(changed || start_can_change(adaption->circumstances->start)))
		return 0;
	return insert_partition(adaption->layout, disk, number, "BIOS boot partition", GPT_KIND_BIOS_BOOT, BIOS_BOOT_SIZE, changed ? "table" : "bios") ?
		       0 : context_oom(adaption->ctx);
}

static int plan_partitions(struct adaption *adaption)
{
	const struct start *start = adaption->circumstances->start;
	bool esp = start && start->uefi && start_can_change(start) && !has_esp(adaption->layout);
	int r = 0;

	for (struct node **home = adaption->homes; r == 0 && *home; home++) {
		/* What needs all its disks needs one system partition. */
		if (esp && (home == adaption->homes || is_mirrored(adaption->layout, layout_boot(adaption->layout))))
			r = plan_esp(adaption, *home);
		else if (start && !start->uefi)
			r = plan_bios_boot(adaption, *home);
	}
	return r;
}

int adapt_layout(struct context *ctx, const struct circumstances *circumstances, const struct layout *captured, struct layout **ret)
{
	AUTO_LAYOUT struct layout *layout = NULL;
	AUTO_FREE struct node **homes = NULL;
	struct adaption adaption = { .ctx = ctx, .circumstances = circumstances };
	int r = layout_copy(ctx, captured, &layout);

	if (r < 0)
		return r;
	homes = find_homes(layout);
	adaption.layout = layout;
	adaption.homes = homes;
	r = homes ? change_tables(&adaption) : context_oom(ctx);
	if (r == 0)
		r = plan_partitions(&adaption);
	if (r == 0)
		*ret = TAKE_POINTER(layout);
	return r;
}

/* ---- what is said of it ---- */

static char *tell_table(const struct node *disk, const char *why)
{
	AUTO_FREE char *name = node_describe(disk);
	const char *shown = name ? name : disk->id;

	if (!strcmp(why, "uefi"))
		return sentence("The MBR partition table of %s becomes a GPT, because this machine starts by UEFI", shown);
	if (!strcmp(why, "size"))
		return sentence("The MBR partition table of %s becomes a GPT, because an MBR does not reach the end of this disk", shown);
	if (!strcmp(why, "full"))
		return sentence("The MBR partition table of %s becomes a GPT, because an MBR has no room for so many partitions", shown);
	return is_table(disk, "gpt") ? sentence("The MBR partition table of %s becomes a GPT, as was asked for", shown) :
				       sentence("The GPT of %s becomes an MBR partition table, as was asked for", shown);
}

static char *tell_partition(const struct node *partition, const char *why)
{
	AUTO_FREE char *size = bytes_print_size(partition->size);
	const char *device = partition->device ? partition->device : partition->on[0];

	if (!size)
		return NULL;
	if (!strcmp(why, "uefi"))
		return sentence("This machine starts by UEFI, the captured one started by BIOS: an EFI system partition of %s is planned in (%s)", size, device);
	if (!strcmp(why, "bios"))
		return sentence("This machine starts by BIOS, the captured one started by UEFI: a BIOS boot partition of %s is planned in (%s)", size, device);
	if (!strcmp(why, "further"))
		return sentence("A further disk of an array that the machine starts from gets an EFI system partition of %s, as the others have one (%s)",
				size, device);
	return sentence("BIOS starts from a GPT only with a BIOS boot partition: one of %s is planned in (%s)", size, device);
}

/* 0 or -ENOMEM. */
static int tell_other(const struct node *other, char ***notices)
{
	AUTO_FREE char *name = node_describe(other);
	AUTO_FREE char *text = name ? sentence("If the system on the %s started by BIOS from an MBR, it does not start from a GPT by itself", name) : NULL;

	return text ? strv_append(notices, text) : -ENOMEM;
}

int adapt_tell(const struct layout *result, char ***notices)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < result->count; i++) {
		const struct node *node = result->nodes[i], *other = node->type == NODE_DISK ? other_system(result, node) : NULL;
		const char *why = node->type == NODE_DISK || node->type == NODE_PARTITION ? node_property(node, PLANNED_PROPERTY) : NULL;
		AUTO_FREE char *text = !why ? NULL : node->type == NODE_DISK ? tell_table(node, why) : tell_partition(node, why);

		if (why)
			r = text ? strv_append(notices, text) : -ENOMEM;
		if (r == 0 && why && other && is_table(node, "gpt"))
			r = tell_other(other, notices);
	}
	return r;
}
