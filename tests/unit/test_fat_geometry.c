/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The FAT that mkfs.vfat makes on another size or other sectors is one by its number of clusters, which readers go by. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../backend/core/bytes.h"
#include "../../backend/core/byte_order.h"
#include "../../backend/core/run.h"
#include "../../backend/filesystems/mkfs.h"
#include "image_fixture.h"

#define MIB ((uint64_t)1 << 20)

struct captured {
	const char *bits, *cluster, *reserved, *roots;
	uint64_t size;
};

/* What mkfs.vfat made: its kind by its clusters, and the one that the boot sector claims. */
static unsigned read_kind(int fd, unsigned *claimed, unsigned *sector, unsigned *cluster)
{
	unsigned char boot[512];
	uint64_t sectors, tables, clusters;

	assert_int_equal(pread(fd, boot, sizeof(boot), 0), sizeof(boot));
	*sector = le16(boot + 11);
	*cluster = boot[13];
	sectors = le16(boot + 19) ? le16(boot + 19) : le32(boot + 32);
	tables = le16(boot + 22) ? le16(boot + 22) : le32(boot + 36);
	clusters = (sectors - le16(boot + 14) - boot[16] * tables - (le16(boot + 17) * 32 + *sector - 1) / *sector) / *cluster;
	*claimed = !le16(boot + 22) ? 32 : !memcmp(boot + 54, "FAT12", 5) ? 12 : 16;
	return clusters < 4085 ? 12 : clusters < 65525 ? 16 : 32;
}

/* Makes it, and gives the kind that its clusters make it, and their sectors in *CLUSTER. */
static unsigned make(struct image *image, const struct captured *captured, uint64_t size, uint32_t sector, unsigned *cluster)
{
	struct node node = { .type = NODE_FILESYSTEM, .uuid = (char *)"ABCD-1234", .size = size }, before;
	unsigned claimed, got_sector, got;
	AUTO_STRV char **argv = NULL;

	node.filesystem.kind = (char *)"vfat";
	assert_int_equal(node_property_set(&node, "fat_bits", captured->bits), 0);
	assert_int_equal(node_property_set(&node, "sector_size", "512"), 0);
	assert_int_equal(node_property_set(&node, "cluster_sectors", captured->cluster), 0);
	assert_int_equal(node_property_set(&node, "reserved_sectors", captured->reserved), 0);
	assert_int_equal(node_property_set(&node, "fats", "2"), 0);
	assert_int_equal(node_property_set(&node, "root_entries", captured->roots), 0);
	before = node;
	before.size = captured->size;
	assert_int_equal(strv_append(&argv, "mkfs.vfat"), 0);
	assert_int_equal(mkfs_kind_find("vfat")->arguments(&(struct mkfs_request){ .node = &node, .before = &before, .device = image->path, .sector = sector },
							   &argv),
			 0);
	assert_int_equal(ftruncate(image->fd, 0), 0);
	assert_int_equal(ftruncate(image->fd, (off_t)size), 0);
	assert_int_equal(run_program(&image->ctx, &(struct run){ .argv = (const char *const *)argv }, NULL), 0);
	got = read_kind(image->fd, &claimed, &got_sector, cluster);
	assert_int_equal(got, claimed);
	assert_int_equal(got_sector, sector);
	node_properties_clear(&node);
	return got;
}

static void expect_kind(struct image *image, const struct captured *captured, uint64_t size, uint32_t sector, unsigned kind, unsigned cluster)
{
	unsigned got_cluster;

	assert_int_equal(make(image, captured, size, sector, &got_cluster), kind);
	assert_int_equal(got_cluster, cluster);
}

static void test_an_esp(void **state)
{
	static const struct captured small = { "32", "1", "32", "0", 64 * MIB }, large = { "32", "8", "32", "0", 512 * MIB };

	expect_kind(*state, &small, 64 * MIB, 512, 32, 1);
	/* On sectors of 4096 bytes it cannot be FAT32. */
	expect_kind(*state, &small, 64 * MIB, 4096, 16, 1);
	expect_kind(*state, &small, 300 * MIB, 4096, 32, 1);
	expect_kind(*state, &large, 512 * MIB, 4096, 32, 1);
	/* Nor is a smaller one FAT32 with the same clusters. */
	expect_kind(*state, &large, 200 * MIB, 512, 32, 4);
	expect_kind(*state, &large, 32 * MIB, 512, 16, 8);
	expect_kind(*state, &large, 4 * MIB, 512, 16, 1);
}

static void test_fat16(void **state)
{
	static const struct captured it = { "16", "4", "1", "512", 100 * MIB };

	expect_kind(*state, &it, 100 * MIB, 512, 16, 4);
	expect_kind(*state, &it, 100 * MIB, 4096, 16, 1);
	/* A larger one has larger clusters, until that is too large. */
	expect_kind(*state, &it, 400 * MIB, 512, 16, 16);
	expect_kind(*state, &it, 4096 * MIB, 512, 32, 4);
	expect_kind(*state, &it, 6 * MIB, 512, 16, 2);
}

/* Whatever the size and the sectors: what is claimed is what is counted. */
static void test_every_size(void **state)
{
	static const struct captured all[] = { { "32", "1", "32", "0", 64 * MIB }, { "16", "4", "4", "512", 100 * MIB }, { "12", "8", "1", "512", 8 * MIB } };
	unsigned cluster;

	for (size_t i = 0; i < ARRAY_LENGTH(all); i++)
		for (uint64_t size = 2 * MIB; size < 3000 * MIB; size = size * 5 / 4 / MIB * MIB + MIB) {
			make(*state, &all[i], size, 512, &cluster);
			make(*state, &all[i], size, 4096, &cluster);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_an_esp, image_set_up, image_tear_down),
		cmocka_unit_test_setup_teardown(test_fat16, image_set_up, image_tear_down),
		cmocka_unit_test_setup_teardown(test_every_size, image_set_up, image_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
