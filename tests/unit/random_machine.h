/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Machines of chance, the same for the same seed: disks, tables, arrays, containers, volume groups, filesystems, in any nesting.
 */
#ifndef LIFEBOAT_TESTS_RANDOM_MACHINE_H
#define LIFEBOAT_TESTS_RANDOM_MACHINE_H

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../backend/fit/map.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define HOLDERS 256

/* A machine, and what it is fitted onto. */
struct world {
	struct context ctx;
	uint64_t seed, state;
	struct layout *captured, *present, *result;
	struct node *members[HOLDERS], *volumes[HOLDERS]; /* waiting to become part of an array, of a group */
	size_t member_count, volume_count;
	unsigned next;           /* for ids */
	enum node_type favours;  /* what most partitions become part of: NODE_RAID, NODE_PV, or nothing (NODE_DISK) */
	struct disk_pair pairs[64];
	struct disk_map map;
};

/* ---- chance ---- */

/* splitmix64 */
static uint64_t draw(struct world *world)
{
	uint64_t z = world->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static uint64_t below(struct world *world, uint64_t end)
{
	return end ? draw(world) % end : 0;
}

static bool one_in(struct world *world, unsigned n)
{
	return !below(world, n);
}

/* Multiples of UNIT; often small numbers are as likely as large ones. */
static uint64_t bytes_below(struct world *world, uint64_t end, uint64_t unit)
{
	uint64_t units = end / unit, bits = 0;

	if (one_in(world, 2))
		return below(world, units + 1) * unit;
	while (units >> bits)
		bits++;
	bits = bits ? 1 + below(world, bits) : 0;
	return below(world, bits < 64 ? (UINT64_C(1) << bits) : UINT64_MAX) % (units + 1) * unit;
}

/* ---- captured machines ---- */

static struct node *add(struct world *world, struct layout *layout, enum node_type type, const struct node *on)
{
	AUTO_FREE char *id = text_format("%s:%u", node_type_name(type), world->next++);
	struct node *node = layout_add(layout, type, id);

	assert_non_null(node);
	if (on)
		assert_int_equal(strv_append(&node->on, on->id), 0);
	return node;
}

static void fill(struct world *world, struct node *holder, unsigned depth);

static void add_filesystem(struct world *world, const struct node *holder)
{
	static const char *const kinds[] = { "ext4", "ext4", "ext2", "xfs", "btrfs", "vfat", "ntfs" };
	struct node *node = add(world, world->captured, NODE_FILESYSTEM, holder);
	const char *kind = kinds[below(world, ARRAY_LENGTH(kinds))];

	node->filesystem.kind = strdup(kind);
	node->size = holder->size < 4096 ? holder->size : holder->size / 4096 * 4096;
	if (one_in(world, 4))
		node->size -= bytes_below(world, node->size / 2, 4096);
	node->used = one_in(world, 6) ? 0 : bytes_below(world, node->size, 512);
	if (!strncmp(kind, "ext", 3) && !one_in(world, 4)) {
		node_number_set(node, "block_size", 4096);
		node_number_set(node, "inode_size", 256);
		node_number_set(node, "inodes", node->size / 16384);
		node_number_set(node, "used_inodes", below(world, node->size / 16384 + 1));
		node_number_set(node, "journal_size", bytes_below(world, node->size / 8, MIB));
	}
}

static void add_swap(struct world *world, const struct node *holder)
{
	struct node *node = add(world, world->captured, NODE_SWAP, holder);

	node->size = one_in(world, 4) ? 0 : holder->size < 4096 ? holder->size : holder->size / 4096 * 4096;
	node->swap.page_size = 4096;
}

static void add_luks(struct world *world, const struct node *holder, unsigned depth)
{
	struct node *node = add(world, world->captured, NODE_LUKS, holder), opened;

	node->size = holder->size;
	node_number_set(node, "payload_offset", 16 * MIB);
	if (one_in(world, 4))
		return;
	/* What is in it lies on the container. */
	opened = *node;
	opened.size -= 16 * MIB;
	fill(world, &opened, depth + 1);
}

static void add_pv(struct world *world, const struct node *holder)
{
	struct node *node = add(world, world->captured, NODE_PV, holder);

	node->size = holder->size;
	node_number_set(node, "pe_start", MIB);
	world->volumes[world->volume_count++] = node;
}

static void add_member(struct world *world, struct node *holder)
{
	world->members[world->member_count++] = layout_find(world->captured, holder->id);
}

/* Gives HOLDER (its id and size count) a content. */
static void fill(struct world *world, struct node *holder, unsigned depth)
{
	uint64_t kind = below(world, 16);

	if (!depth && world->favours != NODE_DISK && !one_in(world, 4))
		kind = world->favours == NODE_RAID ? 14 : 12;
	if (kind < 7 || holder->size < 8 * MIB)
		add_filesystem(world, holder);
	else if (kind < 9)
		add_swap(world, holder);
	else if (kind < 11 && depth < 4 && holder->size > 20 * MIB)
		add_luks(world, holder, depth);
	else if (kind < 13 && depth < 4 && holder->type != NODE_LV && world->volume_count < HOLDERS)
		add_pv(world, holder);
	else if (kind < 15 && depth < 2 && holder->type != NODE_LUKS && holder->type != NODE_LV && world->member_count < HOLDERS)
		add_member(world, holder);
	else if (!one_in(world, 4))
		add_filesystem(world, holder);
}

static void add_partition(struct world *world, const struct node *disk, uint32_t number, const char *role, uint64_t start, uint64_t size)
{
	struct node *node = add(world, world->captured, NODE_PARTITION, disk);
	bool gpt = !strcmp(disk->disk.table, "gpt");

	node->partition.number = number;
	node->partition.start = start;
	node->size = size;
	node->partition.role = strdup(role);
	node->partition.kind = strdup(gpt ? "0FC63DAF-8483-4772-8E79-3D69D8477DE4" : strcmp(role, "extended") ? "0x83" : "0x05");
	if (strcmp(role, "extended") && !one_in(world, 6))
		fill(world, node, 0);
}

/* The next partition begins right behind the last one, or somewhere in the room that is left; LEAST bytes stay free before it. */
static bool choose_place(struct world *world, uint32_t sector, uint64_t least, uint64_t end, uint64_t *at, uint64_t *size)
{
	uint64_t unit = one_in(world, 3) ? sector : MIB, start = *at + least;

	if (one_in(world, 3) && end > start)
		start += bytes_below(world, (end - start) / 4, unit);
	start = (start + unit - 1) / unit * unit;
	if (start >= end || end - start < 4 * unit)
		return false;
	*size = unit + bytes_below(world, end - start - unit, unit);
	*at = start;
	return true;
}

static void add_logical(struct world *world, const struct node *disk, uint64_t start, uint64_t end)
{
	uint64_t at = start, size;

	for (uint32_t number = 5; number < 5 + below(world, 5); number++) {
		if (!choose_place(world, disk->disk.logical_sector, disk->disk.logical_sector, end, &at, &size))
			return;
		add_partition(world, disk, number, "logical", at, size);
		at += size;
	}
}

static void add_partitions(struct world *world, struct node *disk)
{
	bool gpt = one_in(world, 2), extended = gpt;
	uint32_t sector = disk->disk.logical_sector, most = gpt ? 8 : 4;
	uint64_t table = 2 * (uint64_t)sector + 16384, at = gpt ? table : sector, end = gpt ? disk->size - table : disk->size, size;

	disk->disk.table = strdup(gpt ? "gpt" : "dos");
	disk->disk.table_id = strdup(gpt ? "11111111-2222-3333-4444-555555555555" : "0x12345678");
	if (!gpt && end > UINT32_MAX * (uint64_t)sector)
		end = UINT32_MAX * (uint64_t)sector;
	for (uint32_t i = 0; i < most && !one_in(world, 6) && choose_place(world, sector, 0, end, &at, &size); i++) {
		bool contains = !extended && one_in(world, 2);

		/* A GPT may number them the other way round. */
		add_partition(world, disk, gpt && world->seed % 2 ? most - i : i + 1, contains ? "extended" : "primary", at, size);
		if (contains)
			add_logical(world, disk, at, at + size);
		extended |= contains;
		at += size;
	}
}

static void add_disk(struct world *world)
{
	struct node *disk = add(world, world->captured, NODE_DISK, NULL);

	disk->disk.logical_sector = one_in(world, 4) ? 4096 : 512;
	disk->disk.physical_sector = 4096;
	disk->size = 64 * MIB + bytes_below(world, one_in(world, 8) ? 4096 * GIB : 64 * GIB, disk->disk.logical_sector);
	if (one_in(world, 6))
		fill(world, disk, 0);
	else if (!one_in(world, 12))
		add_partitions(world, disk);
}

/* ---- arrays and groups ---- */

static const char *choose_level(struct world *world, size_t members)
{
	static const char *const levels[] = { "raid1", "linear", "raid0", "raid10", "raid5", "raid4", "raid6" };
	static const size_t least[] = { 1, 1, 2, 2, 3, 3, 4 };

	for (;;) {
		size_t level = below(world, ARRAY_LENGTH(levels));

		if (least[level] <= members)
			return levels[level];
	}
}

/* Bytes of an array, of MEMBERS of COMPONENT bytes each. */
static uint64_t array_size(const char *level, size_t members, uint64_t component, uint64_t chunk)
{
	uint64_t data = !strcmp(level, "raid1") ? 1 : !strcmp(level, "raid6") ? members - 2
			: !strcmp(level, "raid4") || !strcmp(level, "raid5") ? members - 1 : members;

	return strcmp(level, "raid10") ? data * component : component * members / 2 / chunk * chunk;
}

static void add_array(struct world *world, struct node **members, size_t count)
{
	struct node *node = add(world, world->captured, NODE_RAID, members[0]);
	const char *level = choose_level(world, count);
	uint64_t least = UINT64_MAX, sum = 0, chunk = UINT64_C(4096) << below(world, 9), offset = one_in(world, 2) ? MIB : 0;

	for (size_t i = 0; i < count; i++) {
		if (i)
			assert_int_equal(strv_append(&node->on, members[i]->id), 0);
		least = members[i]->size < least ? members[i]->size : least;
		sum += (members[i]->size - MIB) / chunk * chunk;
	}
	least = (least - MIB) / chunk * chunk;
	node_property_set(node, "level", level);
	node->uuid = text_format("%08x-0000-4000-8000-000000000000", world->next);
	node_property_set(node, "metadata", "1.2");
	node_number_set(node, "raid_disks", count);
	node_number_set(node, "chunk_size", chunk);
	if (!strcmp(level, "raid10"))
		node_number_set(node, "algorithm", 0x102);
	if (!strcmp(level, "linear") || !strcmp(level, "raid0")) {
		node->size = !strcmp(level, "linear") ? sum : least * count;
	} else {
		node_number_set(node, "component_size", least);
		node->size = array_size(level, count, least, chunk);
	}
	for (size_t i = 0; i < count; i++) {
		AUTO_FREE char *key = text_format("member_%zu_data_offset", i), *role = text_format("member_%zu_role", i);

		node_number_set(node, role, i);
		if (offset)
			node_number_set(node, key, offset);
	}
	if (node->size)
		fill(world, node, 2);
}

/* A UUID of LVM's, of a number. */
static char *lvm_uuid(unsigned number)
{
	return text_format("%06u-aaaa-bbbb-cccc-dddd-eeee-ffffff", number);
}

/* Extents of a group that nobody has. */
struct free_extents {
	struct node *pv;
	uint64_t used, count;
};

static void add_segment(struct node *volume, unsigned number, uint64_t extents, struct free_extents *const pvs[], uint64_t stripes)
{
	AUTO_FREE char *type = text_format("segment_%u_type", number), *count = text_format("segment_%u_extent_count", number);
	AUTO_FREE char *stripe_count = text_format("segment_%u_stripe_count", number), *stripe_size = text_format("segment_%u_stripe_size", number);
	AUTO_FREE char *key = text_format("segment_%u_stripes", number), *list = strdup("");

	node_property_set(volume, type, "striped");
	node_number_set(volume, count, extents);
	node_number_set(volume, stripe_count, stripes);
	if (stripes > 1)
		node_number_set(volume, stripe_size, 65536);
	for (uint64_t i = 0; i < stripes; i++) {
		char *longer = text_format("%s%s%s:%" PRIu64, list, i ? " " : "", pvs[i]->pv->uuid, pvs[i]->used);

		free(list);
		list = longer;
		pvs[i]->used += extents / stripes;
	}
	node_property_set(volume, key, list);
}

/* Gives VOLUME EXTENTS of them, linear; what is not there it does not get. */
static uint64_t give_linear(struct node *volume, uint64_t extents, struct free_extents *pvs, size_t count)
{
	uint64_t given = 0;
	unsigned segments = 0;

	for (size_t i = 0; i < count && given < extents; i++) {
		uint64_t room = pvs[i].count - pvs[i].used, taken = room < extents - given ? room : extents - given;

		if (taken)
			add_segment(volume, segments++, taken, &(struct free_extents *){ &pvs[i] }, 1);
		given += taken;
	}
	return given;
}

/* The same over two that have room for as much. */
static uint64_t give_striped(struct node *volume, uint64_t extents, struct free_extents *pvs, size_t count)
{
	for (size_t i = 0; i + 1 < count; i++) {
		uint64_t one = pvs[i].count - pvs[i].used, two = pvs[i + 1].count - pvs[i + 1].used, least = one < two ? one : two;

		least = least < extents / 2 ? least : extents / 2;
		if (!least)
			continue;
		add_segment(volume, 0, 2 * least, (struct free_extents *[]){ &pvs[i], &pvs[i + 1] }, 2);
		return 2 * least;
	}
	return 0;
}

static struct node *add_volume(struct world *world, const struct node *on, const char *name, const char *kind, const char *status)
{
	struct node *volume = add(world, world->captured, NODE_LV, on);

	volume->label = strdup(name);
	volume->uuid = lvm_uuid(world->next);
	node_property_set(volume, "kind", kind);
	node_property_set(volume, "status", status);
	node_number_set(volume, "segments", 1);
	return volume;
}

/* A thin pool, with a volume that shows more than the pool has. */
static void add_pool(struct world *world, struct node *group, uint64_t extent, uint64_t extents, struct free_extents *pvs, size_t count)
{
	struct node *metadata = add_volume(world, group, "pool_tmeta", "linear", "READ WRITE"), *data, *pool, *thin;

	metadata->size = give_linear(metadata, 1, pvs, count) * extent;
	data = add_volume(world, group, "pool_tdata", "linear", "READ WRITE");
	data->size = give_linear(data, extents, pvs, count) * extent;
	pool = add_volume(world, data, "pool", "thin-pool", "READ WRITE VISIBLE");
	assert_int_equal(strv_append(&pool->on, metadata->id), 0);
	pool->size = data->size;
	node_property_set(pool, "segment_0_type", "thin-pool");
	node_property_set(pool, "segment_0_pool", "pool_tdata");
	node_property_set(pool, "segment_0_metadata", "pool_tmeta");
	node_number_set(pool, "segment_0_extent_count", pool->size / extent);
	node_number_set(pool, "segment_0_chunk_size", 65536);
	thin = add_volume(world, pool, "thin", "thin", "READ WRITE VISIBLE");
	thin->size = (1 + below(world, 2)) * pool->size;
	node_property_set(thin, "segment_0_type", "thin");
	node_property_set(thin, "segment_0_thin_pool", "pool");
	node_number_set(thin, "segment_0_device_id", 1);
	node_number_set(thin, "segment_0_extent_count", thin->size / extent);
	add_filesystem(world, thin);
}

static void add_volumes(struct world *world, struct node *group, uint64_t extent, struct free_extents *pvs, size_t count)
{
	bool pooled = false;

	for (unsigned i = 0; i < 4; i++) {
		AUTO_FREE char *name = text_format("volume%u", i);
		struct node *volume;
		uint64_t left = 0, extents;
		bool striped = one_in(world, 4);

		for (size_t k = 0; k < count; k++)
			left += pvs[k].count - pvs[k].used;
		if (!left)
			return;
		extents = 1 + bytes_below(world, (left - 1) * extent, extent) / extent;
		if (!pooled && extents > 1 && one_in(world, 5)) {
			pooled = true;
			add_pool(world, group, extent, extents - 1, pvs, count);
			continue;
		}
		volume = add_volume(world, group, name, "linear", "READ WRITE VISIBLE");
		volume->size = striped ? give_striped(volume, extents, pvs, count) * extent : 0;
		striped = volume->size;
		if (!striped)
			volume->size = give_linear(volume, extents, pvs, count) * extent;
		node_property_set(volume, "kind", striped ? "striped" : "linear");
		fill(world, volume, 3);
	}
}

static void add_group(struct world *world, struct node **volumes, size_t count)
{
	struct node *group = add(world, world->captured, NODE_VG, volumes[0]);
	struct free_extents pvs[4];
	uint64_t extent = MIB << below(world, 6);

	group->label = text_format("group%u", world->next);
	group->uuid = lvm_uuid(world->next);
	node_property_set(group, "status", "RESIZEABLE READ WRITE");
	node_number_set(group, "extent_size", extent);
	for (size_t i = 0; i < count; i++) {
		if (i)
			assert_int_equal(strv_append(&group->on, volumes[i]->id), 0);
		pvs[i] = (struct free_extents){ volumes[i], 0, (volumes[i]->size - MIB) / extent };
		volumes[i]->uuid = lvm_uuid(world->next++);
		node_number_set(volumes[i], "pe_count", pvs[i].count);
		group->size += pvs[i].count * extent;
	}
	add_volumes(world, group, extent, pvs, count);
}

/* All that waits becomes part of something; what is made may wait again. */
static void combine(struct world *world)
{
	while (world->member_count || world->volume_count) {
		struct node *taken[4];
		bool arrays = world->member_count;
		struct node **from = arrays ? world->members : world->volumes;
		size_t *left = arrays ? &world->member_count : &world->volume_count;
		size_t count = 0, most = arrays ? 1 + below(world, 4) : 1 + below(world, 8) / 6;

		while (count < most && *left)
			taken[count++] = from[--*left];
		if (arrays)
			add_array(world, taken, count);
		else
			add_group(world, taken, count);
	}
}

static void make_machine(struct world *world, uint64_t seed)
{
	*world = (struct world){ .seed = seed, .state = seed, .captured = layout_new(), .present = layout_new() };
	context_init(&world->ctx);
	world->favours = (enum node_type[]){ NODE_DISK, NODE_DISK, NODE_RAID, NODE_PV }[below(world, 4)];
	for (uint64_t disks = 1 + below(world, 4); disks; disks--)
		add_disk(world);
	combine(world);
	if (layout_check(&world->ctx, world->captured))
		fail_msg("machine %" PRIu64 " is none: %s", seed, context_detail(&world->ctx));
}

static void drop_machine(struct world *world)
{
	layout_free(world->captured);
	layout_free(world->present);
	layout_free(world->result);
	context_done(&world->ctx);
}

#endif
