/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Captured layouts onto target disks of the same, a larger, a smaller size and of other sectors: where partitions come to lie. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../backend/filesystems/mkfs_ext.h"
#include "../../backend/fit/fit.h"

#define MIB (1ULL << 20)
#define GIB (1ULL << 30)

struct fixture {
	struct context ctx;
	struct layout *captured, *present, *result;
	struct disk_pair pairs[2];
	struct disk_map map;
};

static struct node *add_disk(struct layout *layout, const char *id, uint64_t size, uint32_t sector, const char *table)
{
	struct node *disk = layout_add(layout, NODE_DISK, id);

	assert_non_null(disk);
	disk->size = size;
	disk->disk.logical_sector = sector;
	disk->disk.physical_sector = sector;
	if (table) {
		disk->disk.table = strdup(table);
		disk->disk.table_id = strdup(strcmp(table, "gpt") ? "0x12345678" : "11111111-2222-3333-4444-555555555555");
	}
	return disk;
}

static struct node *add_partition(struct layout *layout, uint32_t number, uint64_t start, uint64_t size, const char *role)
{
	AUTO_FREE char *id = text_format("part:0.%u", number);
	struct node *node = layout_add(layout, NODE_PARTITION, id);

	assert_non_null(node);
	assert_int_equal(strv_append(&node->on, "disk:0"), 0);
	node->size = size;
	node->partition.number = number;
	node->partition.start = start;
	node->partition.role = strdup(role);
	node->partition.kind = strdup(layout->nodes[0]->disk.table[0] == 'g' ? "0FC63DAF-8483-4772-8E79-3D69D8477DE4" :
				      !strcmp(role, "extended") ? "0x05" : "0x83");
	return node;
}

static struct node *add_filesystem(struct layout *layout, const char *on, const char *kind, uint64_t size, uint64_t used)
{
	AUTO_FREE char *id = text_format("fs:%s", on);
	struct node *node = layout_add(layout, NODE_FILESYSTEM, id);

	assert_int_equal(strv_append(&node->on, on), 0);
	node->size = size;
	node->used = used;
	node->filesystem.kind = strdup(kind);
	return node;
}

static struct node *add_swap(struct layout *layout, const char *on, uint64_t size)
{
	AUTO_FREE char *id = text_format("swap:%s", on);
	struct node *node = layout_add(layout, NODE_SWAP, id);

	assert_int_equal(strv_append(&node->on, on), 0);
	node->size = size;
	return node;
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	context_init(&f->ctx);
	f->captured = layout_new();
	f->present = layout_new();
	f->pairs[0] = (struct disk_pair){ .source = (char *)"disk:0", .target = (char *)"disk:9" };
	f->map = (struct disk_map){ .pairs = f->pairs, .count = 1, .certain = true };
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	layout_free(f->captured);
	layout_free(f->present);
	layout_free(f->result);
	context_done(&f->ctx);
	free(f);
	return 0;
}

static void add_target(struct fixture *f, uint64_t size, uint32_t sector, const char *device)
{
	struct node *disk = add_disk(f->present, "disk:9", size, sector, NULL);

	disk->device = strdup(device);
	disk->disk.serial = strdup("NEW");
}

static int fit(struct fixture *f)
{
	layout_free(f->result);
	f->result = NULL;
	return fit_layout(&f->ctx, f->captured, f->present, &f->map, &f->result);
}

static void fit_well(struct fixture *f)
{
	if (fit(f))
		fail_msg("%s", context_detail(&f->ctx));
}

static void expect_place(struct fixture *f, uint32_t number, uint64_t start, uint64_t size)
{
	AUTO_FREE char *id = text_format("part:0.%u", number);
	struct node *node = layout_find(f->result, id);

	assert_non_null(node);
	assert_int_equal(node->partition.start, start);
	assert_int_equal(node->size, size);
}

static uint64_t size_of(struct fixture *f, const char *id)
{
	struct node *node = layout_find(f->result, id);

	assert_non_null(node);
	return node->size;
}

/* ESP, ext4 root, swap at the end: what the Debian installer makes. */
static void debian_gpt(struct fixture *f)
{
	add_disk(f->captured, "disk:0", 10 * GIB, 512, "gpt");
	add_partition(f->captured, 1, MIB, 512 * MIB, "primary");
	add_partition(f->captured, 2, 513 * MIB, 8 * GIB, "primary");
	add_partition(f->captured, 3, 513 * MIB + 8 * GIB, GIB, "primary");
	add_filesystem(f->captured, "part:0.1", "vfat", 512 * MIB, 5 * MIB);
	add_filesystem(f->captured, "part:0.2", "ext4", 8 * GIB, 2 * GIB);
	add_swap(f->captured, "part:0.3", GIB);
}

/* Primary root, extended with a swap and a home in it. */
static void old_mbr(struct fixture *f)
{
	add_disk(f->captured, "disk:0", 10 * GIB, 512, "dos");
	add_partition(f->captured, 1, MIB, 4 * GIB, "primary");
	add_partition(f->captured, 2, 2 * MIB + 4 * GIB, 5 * GIB, "extended");
	add_partition(f->captured, 5, 3 * MIB + 4 * GIB, GIB, "logical");
	add_partition(f->captured, 6, 4 * MIB + 5 * GIB, 4 * GIB - 2 * MIB, "logical");
	add_filesystem(f->captured, "part:0.1", "ext4", 4 * GIB, GIB);
	add_swap(f->captured, "part:0.5", GIB);
	add_filesystem(f->captured, "part:0.6", "xfs", 4 * GIB - 2 * MIB, GIB);
}

static void test_same_size_keeps_every_place(void **state)
{
	struct fixture *f = *state;
	struct node *disk;

	debian_gpt(f);
	add_target(f, 10 * GIB, 512, "/dev/nvme0n1");
	fit_well(f);
	expect_place(f, 1, MIB, 512 * MIB);
	expect_place(f, 2, 513 * MIB, 8 * GIB);
	expect_place(f, 3, 513 * MIB + 8 * GIB, GIB);
	assert_int_equal(size_of(f, "fs:part:0.2"), 8 * GIB);
	assert_string_equal(layout_find(f->result, "part:0.2")->device, "/dev/nvme0n1p2");
	assert_string_equal(layout_find(f->result, "fs:part:0.2")->device, "/dev/nvme0n1p2");
	disk = layout_find(f->result, "disk:0");
	assert_string_equal(disk->device, "/dev/nvme0n1");
	assert_string_equal(disk->disk.serial, "NEW");
	assert_string_equal(disk->disk.table_id, "11111111-2222-3333-4444-555555555555");
}

/* Its paths are those of the target; partitions of a map are mappings, called after it. */
static void test_paths_are_the_targets(void **state)
{
	struct fixture *f = *state;
	struct node *disk, *target;

	debian_gpt(f);
	disk = layout_find(f->captured, "disk:0");
	assert_int_equal(node_number_set(disk, MULTIPATH_PROPERTY, 4) | node_property_set(disk, MULTIPATH_WWID, "3600") |
			 node_property_set(disk, "opened_as", "mpatha"), 0);
	add_target(f, 10 * GIB, 512, "/dev/dm-0");
	fit_well(f);
	disk = layout_find(f->result, "disk:0");
	assert_null(node_property(disk, MULTIPATH_PROPERTY));
	assert_null(node_property(disk, MULTIPATH_WWID));
	assert_null(node_property(disk, "opened_as"));
	assert_string_equal(layout_find(f->result, "part:0.2")->device, "/dev/dm-0p2");
	target = layout_find(f->present, "disk:9");
	assert_int_equal(node_number_set(target, MULTIPATH_PROPERTY, 2) | node_property_set(target, MULTIPATH_WWID, "3601") |
			 node_property_set(target, "opened_as", "3601"), 0);
	fit_well(f);
	disk = layout_find(f->result, "disk:0");
	assert_int_equal(node_number(disk, MULTIPATH_PROPERTY), 2);
	assert_string_equal(node_property(disk, MULTIPATH_WWID), "3601");
	assert_string_equal(layout_find(f->result, "part:0.2")->device, "/dev/mapper/3601-part2");
	assert_string_equal(layout_find(f->result, "fs:part:0.2")->device, "/dev/mapper/3601-part2");
}

static void test_larger_disk_grows_root_and_moves_swap(void **state)
{
	struct fixture *f = *state;
	/* 20 GiB less 33 sectors of backup GPT, whole MiB further. */
	uint64_t delta = (20 * GIB - 33 * 512 - (513 * MIB + 9 * GIB)) / MIB * MIB;

	debian_gpt(f);
	add_target(f, 20 * GIB, 512, "/dev/sda");
	fit_well(f);
	expect_place(f, 1, MIB, 512 * MIB);
	expect_place(f, 2, 513 * MIB, 8 * GIB + delta);
	expect_place(f, 3, 513 * MIB + 8 * GIB + delta, GIB);
	assert_int_equal(size_of(f, "fs:part:0.2"), 8 * GIB + delta);
	assert_int_equal(size_of(f, "swap:part:0.3"), GIB);
	assert_true(513 * MIB + 9 * GIB + delta <= 20 * GIB - 33 * 512);
	assert_string_equal(layout_find(f->result, "part:0.3")->device, "/dev/sda3");
}

static void test_filesystem_smaller_than_its_partition_stays_so(void **state)
{
	struct fixture *f = *state;

	debian_gpt(f);
	layout_find(f->captured, "fs:part:0.2")->size = 7 * GIB;
	add_target(f, 20 * GIB, 512, "/dev/sda");
	fit_well(f);
	assert_int_equal(size_of(f, "part:0.2") - size_of(f, "fs:part:0.2"), GIB);
}

/* Both filesystems grow, by their sizes; swap does not. */
static void test_growth_is_shared_by_size(void **state)
{
	struct fixture *f = *state;
	uint64_t room = (20 * GIB - (2 * MIB + 9 * GIB)) / MIB, root = room * 4096 / (2 * 4096 - 2) * MIB, home = room * MIB - root;

	old_mbr(f);
	add_target(f, 20 * GIB, 512, "/dev/sda");
	fit_well(f);
	expect_place(f, 1, MIB, 4 * GIB + root);
	expect_place(f, 2, 2 * MIB + 4 * GIB + root, 5 * GIB + home);
	expect_place(f, 5, 3 * MIB + 4 * GIB + root, GIB);
	expect_place(f, 6, 4 * MIB + 5 * GIB + root, 4 * GIB - 2 * MIB + home);
}

/* Nothing lies there, and so it is the first to go; filesystems keep their sizes. */
static void test_empty_end_of_an_extended_goes_first(void **state)
{
	struct fixture *f = *state;

	add_disk(f->captured, "disk:0", 10 * GIB, 512, "dos");
	add_partition(f->captured, 1, MIB, 2 * GIB, "primary");
	add_partition(f->captured, 2, 2 * MIB + 2 * GIB, 6 * GIB, "extended");
	add_partition(f->captured, 5, 3 * MIB + 2 * GIB, GIB, "logical");
	add_partition(f->captured, 3, 2 * MIB + 8 * GIB, GIB, "primary");
	add_filesystem(f->captured, "part:0.1", "ext4", 2 * GIB, GIB / 2);
	add_filesystem(f->captured, "part:0.5", "ext4", GIB, GIB / 4);
	add_swap(f->captured, "part:0.3", GIB);
	add_target(f, 5 * GIB, 512, "/dev/sda");
	fit_well(f);
	expect_place(f, 1, MIB, 2 * GIB);
	expect_place(f, 2, 2 * MIB + 2 * GIB, 2 * GIB - 2 * MIB);
	expect_place(f, 5, 3 * MIB + 2 * GIB, GIB);
	expect_place(f, 3, 4 * GIB, GIB);
}

static void test_extended_with_swap_moves_behind_root(void **state)
{
	struct fixture *f = *state;
	uint64_t delta = (20 * GIB - (2 * MIB + 5 * GIB)) / MIB * MIB;

	add_disk(f->captured, "disk:0", 10 * GIB, 512, "dos");
	add_partition(f->captured, 1, MIB, 4 * GIB, "primary");
	add_partition(f->captured, 2, 2 * MIB + 4 * GIB, GIB, "extended");
	add_partition(f->captured, 5, 3 * MIB + 4 * GIB, GIB - MIB, "logical");
	add_filesystem(f->captured, "part:0.1", "ext4", 4 * GIB, GIB);
	add_swap(f->captured, "part:0.5", GIB - MIB);
	add_target(f, 20 * GIB, 512, "/dev/sda");
	fit_well(f);
	expect_place(f, 1, MIB, 4 * GIB + delta);
	expect_place(f, 2, 2 * MIB + 4 * GIB + delta, GIB);
	expect_place(f, 5, 3 * MIB + 4 * GIB + delta, GIB - MIB);
}

static void test_nothing_growable_stays(void **state)
{
	struct fixture *f = *state;

	add_disk(f->captured, "disk:0", GIB, 512, "gpt");
	add_partition(f->captured, 1, MIB, 512 * MIB, "primary");
	add_filesystem(f->captured, "part:0.1", "vfat", 512 * MIB, 5 * MIB);
	add_target(f, 20 * GIB, 512, "/dev/sda");
	fit_well(f);
	expect_place(f, 1, MIB, 512 * MIB);
}

static void test_smaller_disk_with_room_shrinks(void **state)
{
	struct fixture *f = *state;
	uint64_t end;

	debian_gpt(f);
	add_target(f, 6 * GIB, 512, "/dev/sda");
	fit_well(f);
	end = layout_find(f->result, "part:0.3")->partition.start + GIB;
	assert_true(end <= 6 * GIB - 33 * 512);
	assert_true(end > 6 * GIB - 33 * 512 - MIB);
	assert_true(size_of(f, "fs:part:0.2") >= 2 * GIB + 2 * GIB / 10);
	expect_place(f, 1, MIB, 512 * MIB);
}

static void test_shrinking_leaves_room_for_tables_and_journal(void **state)
{
	struct fixture *f = *state;
	struct node *root;

	debian_gpt(f);
	root = layout_find(f->captured, "fs:part:0.2");
	/* 2 GiB used, 2.5 GiB tables, 1 GiB journal: 6 GiB are not enough. */
	node_property_set(root, "inodes", "10485760");
	node_property_set(root, "inode_size", "256");
	node_property_set(root, "journal_size", "1073741824");
	add_target(f, 6 * GIB, 512, "/dev/sda");
	assert_int_equal(fit(f), -ENOSPC);
	f->present->nodes[0]->size = 8 * GIB;
	context_clear(&f->ctx);
	fit_well(f);
}

static void test_several_filesystems_shrink_the_last_first(void **state)
{
	struct fixture *f = *state;

	add_disk(f->captured, "disk:0", 21 * GIB, 512, "gpt");
	add_partition(f->captured, 1, MIB, 10 * GIB, "primary");
	add_partition(f->captured, 2, MIB + 10 * GIB, 10 * GIB, "primary");
	add_filesystem(f->captured, "part:0.1", "ext4", 10 * GIB, GIB);
	add_filesystem(f->captured, "part:0.2", "ext4", 10 * GIB, 5 * GIB);
	add_target(f, 16 * GIB + 8 * MIB, 512, "/dev/sda");
	fit_well(f);
	expect_place(f, 1, MIB, 10 * GIB);
	f->present->nodes[0]->size = 9 * GIB;
	fit_well(f);
	assert_true(size_of(f, "fs:part:0.2") >= 5 * GIB + 5 * GIB / 10);
	assert_true(size_of(f, "fs:part:0.2") < 6 * GIB);
	assert_true(size_of(f, "fs:part:0.1") < 4 * GIB);
	assert_int_equal(layout_find(f->result, "part:0.2")->partition.start, MIB + size_of(f, "part:0.1"));
}

/* With an inode for every 16 KiB and few files, the tables shrink with the filesystem. */
static void test_shrinking_keeps_inodes_for_the_files(void **state)
{
	struct fixture *f = *state;
	struct node *root;

	debian_gpt(f);
	root = layout_find(f->captured, "fs:part:0.2");
	node_property_set(root, "inodes", "500000");
	node_property_set(root, "used_inodes", "40000");
	assert_int_equal(mkfs_inodes(root, 8 * GIB, 8 * GIB), 500000);
	assert_int_equal(mkfs_inodes(root, 8 * GIB, 4 * GIB), 250000);
	assert_int_equal(mkfs_inodes(root, 8 * GIB, GIB / 16), 40000 + 10000 + 4096);
	node_property_set(root, "used_inodes", "490000");
	assert_int_equal(mkfs_inodes(root, 8 * GIB, 4 * GIB), 500000);
}

static void test_smaller_disk_without_room_is_refused_with_numbers(void **state)
{
	struct fixture *f = *state;

	debian_gpt(f);
	layout_find(f->captured, "fs:part:0.2")->used = 7 * GIB;
	add_target(f, 6 * GIB, 512, "/dev/sda");
	assert_int_equal(fit(f), -ENOSPC);
	assert_non_null(strstr(context_detail(&f->ctx), "too small"));
	assert_non_null(strstr(context_detail(&f->ctx), "6"));
}

static void test_unknown_used_bytes_never_shrink(void **state)
{
	struct fixture *f = *state;

	debian_gpt(f);
	layout_find(f->captured, "fs:part:0.2")->used = 0;
	add_target(f, 10 * GIB - 800 * MIB, 512, "/dev/sda");
	assert_int_equal(fit(f), -ENOSPC);
}

static void test_smaller_disk_with_free_tail_keeps_places(void **state)
{
	struct fixture *f = *state;

	debian_gpt(f);
	add_target(f, 10 * GIB - 100 * MIB, 512, "/dev/sda");
	fit_well(f);
	expect_place(f, 3, 513 * MIB + 8 * GIB, GIB);
}

static void test_large_sectors_move_odd_partitions(void **state)
{
	struct fixture *f = *state;
	struct node *first, *second;

	add_disk(f->captured, "disk:0", 2 * GIB, 512, "dos");
	/* Cylinder-aligned, as old tools did it. */
	add_partition(f->captured, 1, 63 * 512, 200 * MIB + 512, "primary");
	add_partition(f->captured, 2, 63 * 512 + 200 * MIB + 512, GIB, "primary");
	node_property_set(add_filesystem(f->captured, "part:0.1", "ext2", 200 * MIB, MIB), "block_size", "4096");
	node_property_set(add_filesystem(f->captured, "part:0.2", "ext4", GIB, MIB), "block_size", "4096");
	add_target(f, 2 * GIB, 4096, "/dev/sda");
	fit_well(f);
	first = layout_find(f->result, "part:0.1");
	second = layout_find(f->result, "part:0.2");
	assert_int_equal(first->partition.start, MIB);
	assert_int_equal(first->size % 4096, 0);
	assert_true(first->size >= 200 * MIB + 512);
	assert_int_equal(second->partition.start % MIB, 0);
	assert_true(second->partition.start >= first->partition.start + first->size);
}

static void test_small_blocks_on_large_sectors_are_refused(void **state)
{
	struct fixture *f = *state;

	add_disk(f->captured, "disk:0", 2 * GIB, 512, "gpt");
	add_partition(f->captured, 1, MIB, GIB, "primary");
	node_property_set(add_filesystem(f->captured, "part:0.1", "ext4", GIB, MIB), "block_size", "1024");
	add_target(f, 2 * GIB, 4096, "/dev/sda");
	assert_int_equal(fit(f), -EINVAL);
	assert_non_null(strstr(context_detail(&f->ctx), "1024"));
}

static void test_small_ext_blocks_grow_with_the_sectors_where_the_files_fit(void **state)
{
	struct fixture *f = *state;
	struct node *boot;

	add_disk(f->captured, "disk:0", 2 * GIB, 512, "gpt");
	add_partition(f->captured, 1, MIB, GIB, "primary");
	boot = add_filesystem(f->captured, "part:0.1", "ext2", GIB, 100 * MIB);
	node_property_set(boot, "block_size", "1024");
	node_property_set(boot, "inodes", "100000");
	node_property_set(boot, "used_inodes", "400");
	add_target(f, 2 * GIB, 4096, "/dev/sda");
	fit_well(f);
	/* Every file may end in a block that is nearly empty. */
	node_property_set(boot, "used_inodes", "120000");
	assert_int_equal(fit(f), -EINVAL);
	context_clear(&f->ctx);
	node_property_set(boot, "used_inodes", "400");
	node_property_set(boot, "cluster_size", "16384");
	assert_int_equal(fit(f), -EINVAL);
}

static void test_from_large_to_small_sectors_keeps_bytes(void **state)
{
	struct fixture *f = *state;

	add_disk(f->captured, "disk:0", 2 * GIB, 4096, "gpt");
	add_partition(f->captured, 1, 24576, 1016 * 1024, "primary");
	add_partition(f->captured, 2, 2 * MIB, GIB, "primary");
	add_filesystem(f->captured, "part:0.2", "ext4", GIB, MIB);
	add_target(f, 2 * GIB, 512, "/dev/sda");
	fit_well(f);
	expect_place(f, 1, 24576, 1016 * 1024);
	expect_place(f, 2, 2 * MIB, GIB);
}

static void test_filesystem_on_the_disk_itself(void **state)
{
	struct fixture *f = *state;

	add_disk(f->captured, "disk:0", 2 * GIB, 512, NULL);
	add_filesystem(f->captured, "disk:0", "ext4", 2 * GIB, GIB);
	add_target(f, 3 * GIB, 512, "/dev/sdb");
	fit_well(f);
	assert_int_equal(size_of(f, "fs:disk:0"), 3 * GIB);
	assert_string_equal(layout_find(f->result, "fs:disk:0")->device, "/dev/sdb");
}

static void test_fixed_content_on_the_disk_itself_keeps_its_size(void **state)
{
	struct fixture *f = *state;

	add_disk(f->captured, "disk:0", 2 * GIB, 512, NULL);
	add_filesystem(f->captured, "disk:0", "vfat", 2 * GIB, GIB);
	add_target(f, 3 * GIB, 512, "/dev/sdb");
	fit_well(f);
	assert_int_equal(size_of(f, "fs:disk:0"), 2 * GIB);
}

static void test_disk_that_is_not_restored_is_left_out(void **state)
{
	struct fixture *f = *state;

	debian_gpt(f);
	add_disk(f->captured, "disk:1", 2 * GIB, 512, NULL);
	add_filesystem(f->captured, "disk:1", "ext4", 2 * GIB, GIB);
	f->pairs[1] = (struct disk_pair){ .source = (char *)"disk:1", .target = NULL };
	f->map.count = 2;
	add_target(f, 10 * GIB, 512, "/dev/sda");
	fit_well(f);
	assert_null(layout_find(f->result, "disk:1"));
	assert_null(layout_find(f->result, "fs:disk:1"));
	assert_non_null(layout_find(f->result, "fs:part:0.2"));
}

/* An array of LEVEL over two whole disks, with a filesystem on it; the second disk is not restored. */
static void fit_half_array(struct fixture *f, const char *level, const char *roles[2])
{
	struct node *array;

	add_disk(f->captured, "disk:0", GIB, 512, NULL);
	add_disk(f->captured, "disk:1", GIB, 512, NULL);
	array = layout_add(f->captured, NODE_RAID, "raid:a");
	array->uuid = strdup("11223344-5566-7788-99aa-bbccddeeff00");
	array->size = 900 * MIB;
	for (int i = 0; i < 2; i++) {
		AUTO_FREE char *disk = text_format("disk:%d", i), *role = text_format("member_%d_role", i), *uuid = text_format("member_%d_uuid", i);

		assert_int_equal(strv_append(&array->on, disk), 0);
		assert_int_equal(node_property_set(array, role, roles[i]), 0);
		assert_int_equal(node_property_set(array, uuid, disk), 0);
	}
	assert_int_equal(node_property_set(array, "level", level), 0);
	assert_int_equal(node_property_set(array, "metadata", "1.2"), 0);
	assert_int_equal(node_property_set(array, "raid_disks", "2"), 0);
	assert_int_equal(node_property_set(array, "component_size", "943718400"), 0);
	add_filesystem(f->captured, "raid:a", "ext4", 900 * MIB, 100 * MIB);
	f->pairs[0] = (struct disk_pair){ .source = (char *)"disk:0" };
	f->pairs[1] = (struct disk_pair){ .source = (char *)"disk:1", .target = (char *)"disk:9" };
	f->map.count = 2;
	add_target(f, GIB, 512, "/dev/sda");
	assert_int_equal(fit_layout(&f->ctx, f->captured, f->present, &f->map, &f->result), 0);
}

static void test_mirror_does_without_a_member(void **state)
{
	struct fixture *f = *state;
	const struct node *array;

	fit_half_array(f, "raid1", (const char *[]){ "0", "1" });
	array = layout_find(f->result, "raid:a");
	assert_non_null(array);
	assert_int_equal(strv_length(array->on), 1);
	assert_string_equal(array->on[0], "disk:1");
	/* What is told of the member goes with it. */
	assert_string_equal(node_property(array, "member_0_role"), "1");
	assert_string_equal(node_property(array, "member_0_uuid"), "disk:1");
	assert_null(node_property(array, "member_1_role"));
	assert_int_equal(node_number(array, "raid_disks"), 2);
	assert_non_null(layout_find(f->result, "fs:raid:a"));
	assert_null(layout_find(f->result, "disk:0"));
}

/* A mirror over two whole disks that has a GPT of its own with two partitions, onto disks of SIZE bytes in sectors of SECTOR. */
static void fit_partitioned_array(struct fixture *f, uint64_t size, uint32_t sector)
{
	struct node *array;

	add_disk(f->captured, "disk:0", GIB, 512, NULL);
	add_disk(f->captured, "disk:1", GIB, 512, NULL);
	array = layout_add(f->captured, NODE_RAID, "raid:a");
	array->uuid = strdup("11223344-5566-7788-99aa-bbccddeeff00");
	array->size = 1000 * MIB;
	for (int i = 0; i < 2; i++) {
		AUTO_FREE char *disk = text_format("disk:%d", i), *key = text_format("member_%d_role", i), *role = text_format("%d", i);

		assert_int_equal(strv_append(&array->on, disk), 0);
		assert_int_equal(node_property_set(array, key, role), 0);
	}
	for (const char *const *pair = (const char *const[]){ "level", "raid1", "metadata", "1.2", "table", "gpt", "opened_as", "md7", "table_id",
							      "11111111-2222-3333-4444-555555555555", NULL }; *pair; pair += 2)
		assert_int_equal(node_property_set(array, pair[0], pair[1]), 0);
	assert_int_equal(node_number_set(array, "raid_disks", 2), 0);
	assert_int_equal(node_number_set(array, "logical_sector", 512), 0);
	assert_int_equal(node_number_set(array, "component_size", array->size), 0);
	for (uint32_t number = 1; number <= 2; number++) {
		struct node *partition;

		f->captured->nodes[0]->disk.table = (char *)"gpt"; /* whose kinds partitions get */
		partition = add_partition(f->captured, number, number == 1 ? MIB : 101 * MIB, number == 1 ? 100 * MIB : 898 * MIB, "primary");
		f->captured->nodes[0]->disk.table = NULL;
		free(partition->on[0]);
		partition->on[0] = strdup("raid:a");
	}
	add_swap(f->captured, "part:0.1", 100 * MIB);
	add_filesystem(f->captured, "part:0.2", "ext4", 898 * MIB, 200 * MIB);
	for (int i = 0; i < 2; i++) {
		AUTO_FREE char *id = text_format("disk:%d", 8 + i), *device = text_format("/dev/vd%c", 'a' + i);

		add_disk(f->present, id, size, sector, NULL)->device = TAKE_POINTER(device);
	}
	f->pairs[0] = (struct disk_pair){ .source = (char *)"disk:0", .target = (char *)"disk:8" };
	f->pairs[1] = (struct disk_pair){ .source = (char *)"disk:1", .target = (char *)"disk:9" };
	f->map.count = 2;
	if (fit_layout(&f->ctx, f->captured, f->present, &f->map, &f->result))
		fail_msg("%s", context_detail(&f->ctx));
	assert_string_equal(layout_find(f->result, "part:0.2")->device, "/dev/md7p2");
	expect_place(f, 1, MIB, 100 * MIB);
}

static void test_partitions_grow_with_their_array(void **state)
{
	struct fixture *f = *state;

	fit_partitioned_array(f, 3 * GIB, 512);
	assert_int_equal(layout_find(f->result, "raid:a")->size, 1000 * MIB + 2 * GIB);
	expect_place(f, 2, 101 * MIB, 898 * MIB + 2 * GIB);
	assert_int_equal(layout_find(f->result, "fs:part:0.2")->size, 898 * MIB + 2 * GIB);
}

static void test_partitions_shrink_with_their_array(void **state)
{
	struct fixture *f = *state;

	fit_partitioned_array(f, 600 * MIB, 512);
	assert_int_equal(layout_find(f->result, "raid:a")->size, 576 * MIB);
	expect_place(f, 2, 101 * MIB, 474 * MIB);
	assert_int_equal(layout_find(f->result, "fs:part:0.2")->size, 474 * MIB);
}

static void test_partitions_of_an_array_suit_larger_sectors(void **state)
{
	struct fixture *f = *state;

	fit_partitioned_array(f, GIB, 4096);
	assert_int_equal(node_sector(layout_find(f->result, "raid:a")), 4096);
	expect_place(f, 2, 101 * MIB, 898 * MIB);
}

static void test_stripes_do_without_no_member(void **state)
{
	struct fixture *f = *state;

	fit_half_array(f, "raid0", (const char *[]){ "0", "1" });
	assert_null(layout_find(f->result, "raid:a"));
	assert_null(layout_find(f->result, "fs:raid:a"));
}

static void test_mbr_ends_at_its_limit(void **state)
{
	struct fixture *f = *state;
	struct node *last;

	add_disk(f->captured, "disk:0", 10 * GIB, 512, "dos");
	add_partition(f->captured, 1, MIB, 9 * GIB, "primary");
	add_filesystem(f->captured, "part:0.1", "ext4", 9 * GIB, GIB);
	add_target(f, 4096 * GIB, 512, "/dev/sda");
	fit_well(f);
	last = layout_find(f->result, "part:0.1");
	assert_true((last->partition.start + last->size) / 512 <= UINT32_MAX);
	assert_true(last->size > 2000 * GIB);
}

static void test_larger_than_what_it_lies_on_is_refused(void **state)
{
	struct fixture *f = *state;

	debian_gpt(f);
	layout_find(f->captured, "fs:part:0.2")->size = 9 * GIB;
	add_target(f, 20 * GIB, 512, "/dev/sda");
	assert_int_equal(fit(f), -EINVAL);
}

static void test_missing_target_is_refused(void **state)
{
	struct fixture *f = *state;

	debian_gpt(f);
	assert_int_equal(fit(f), -ENODEV);
}

/* What the solver must keep for any layout: order, no overlap, the table's own places, sector alignment. */
static void check_invariants(struct fixture *f, uint64_t disk_size, uint32_t sector, bool gpt)
{
	uint64_t previous = gpt ? 2 * (uint64_t)sector + 16384 : sector;
	struct node *node;

	for (size_t at = 0; (node = layout_next_child(f->result, "disk:0", NODE_PARTITION, &at));) {
		const struct node *content = layout_child(f->result, node->id, NODE_FILESYSTEM, 0);

		assert_int_equal(node->partition.start % sector, 0);
		assert_int_equal(node->size % sector, 0);
		assert_true(node->partition.start >= previous);
		previous = node->partition.start + node->size;
		if (content) {
			assert_true(content->size <= node->size);
			assert_true(content->size >= content->used);
		}
	}
	assert_true(previous <= disk_size - (gpt ? sector + 16384 : 0));
}

static void random_layout(struct fixture *f, unsigned *seed, bool gpt)
{
	static const char *const kinds[] = { "ext4", "vfat", "btrfs", "ext2", "xfs" };
	uint64_t at = MIB;
	unsigned count = 1 + rand_r(seed) % 4;

	add_disk(f->captured, "disk:0", 64 * GIB, 512, gpt ? "gpt" : "dos");
	for (unsigned i = 1; i <= count; i++) {
		AUTO_FREE char *on = text_format("part:0.%u", i);
		uint64_t size = (400 + (uint64_t)rand_r(seed) % 8000) * MIB + rand_r(seed) % 3 * 512;

		at += rand_r(seed) % 4 * 512;
		add_partition(f->captured, i, at, size, "primary");
		if (rand_r(seed) % 5)
			add_filesystem(f->captured, on, kinds[rand_r(seed) % 5], size, size / 100 * (1 + rand_r(seed) % 80));
		at += size;
	}
}

static void test_any_layout_keeps_the_rules_and_the_minimum_is_one(void **state)
{
	unsigned seed = 20240607;

	(void)state;
	for (unsigned round = 0; round < 400; round++) {
		bool gpt = round % 2;
		uint32_t sector = round % 3 ? 512 : 4096;
		struct fixture *f;
		uint64_t minimum, size;
		void *fresh;

		set_up(&fresh);
		f = fresh;
		random_layout(f, &seed, gpt);
		minimum = fit_minimum(f->captured, f->captured->nodes[0], sector);
		assert_true(minimum > 0);
		minimum = (minimum + sector - 1) / sector * sector;
		size = minimum + (uint64_t)(rand_r(&seed) % 3) * 7919 * MIB;
		add_target(f, size, sector, "/dev/sda");
		fit_well(f);
		check_invariants(f, size, sector, gpt);
		f->present->nodes[0]->size = minimum - 2 * MIB;
		assert_int_equal(fit(f), -ENOSPC);
		tear_down(&fresh);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_same_size_keeps_every_place),
		TEST(test_larger_disk_grows_root_and_moves_swap),
		TEST(test_paths_are_the_targets),
		TEST(test_filesystem_smaller_than_its_partition_stays_so),
		TEST(test_growth_is_shared_by_size),
		TEST(test_empty_end_of_an_extended_goes_first),
		TEST(test_extended_with_swap_moves_behind_root),
		TEST(test_nothing_growable_stays),
		TEST(test_smaller_disk_with_room_shrinks),
		TEST(test_shrinking_leaves_room_for_tables_and_journal),
		TEST(test_several_filesystems_shrink_the_last_first),
		TEST(test_shrinking_keeps_inodes_for_the_files),
		TEST(test_smaller_disk_without_room_is_refused_with_numbers),
		TEST(test_unknown_used_bytes_never_shrink),
		TEST(test_smaller_disk_with_free_tail_keeps_places),
		TEST(test_large_sectors_move_odd_partitions),
		TEST(test_small_blocks_on_large_sectors_are_refused),
		TEST(test_small_ext_blocks_grow_with_the_sectors_where_the_files_fit),
		TEST(test_from_large_to_small_sectors_keeps_bytes),
		TEST(test_filesystem_on_the_disk_itself),
		TEST(test_fixed_content_on_the_disk_itself_keeps_its_size),
		TEST(test_disk_that_is_not_restored_is_left_out),
		TEST(test_mirror_does_without_a_member),
		TEST(test_stripes_do_without_no_member),
		TEST(test_partitions_grow_with_their_array),
		TEST(test_partitions_shrink_with_their_array),
		TEST(test_partitions_of_an_array_suit_larger_sectors),
		TEST(test_mbr_ends_at_its_limit),
		TEST(test_larger_than_what_it_lies_on_is_refused),
		TEST(test_missing_target_is_refused),
		cmocka_unit_test(test_any_layout_keeps_the_rules_and_the_minimum_is_one),
	};

	return cmocka_run_group_tests_name("fit", tests, NULL, NULL);
}
