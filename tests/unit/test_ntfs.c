/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which clusters an NTFS volume uses, by its own bitmap; volumes are made by mkntfs, and spoilt here byte by byte. */
#include "image_fixture.h"

#include <errno.h>
#include <stdio.h>

#include "../../backend/core/byte_order.h"
#include "../../backend/layout/image.h"
#include "../../backend/storage/image_map.h"
#include "../../backend/superblocks/ntfs.h"

#define SIZE (24ull << 20)

static bool make_volume(const struct image *image)
{
	char command[128];

	assert_int_equal(ftruncate(image->fd, 0), 0);
	assert_int_equal(ftruncate(image->fd, SIZE), 0);
	snprintf(command, sizeof(command), "mkntfs -q -f -F -c 4096 -s 512 -p 0 -H 16 -S 63 %s >/dev/null 2>&1", image->path);
	return system(command) == 0;
}

static int read_used(const struct image *image, struct block_map *used)
{
	const struct extent extent = { image->fd, 0, SIZE };

	return ntfs_read_used(&extent, used);
}

/* Where record NUMBER of the master file table lies. */
static uint64_t record_at(const struct image *image, unsigned number)
{
	unsigned char boot[512];

	assert_int_equal(pread(image->fd, boot, sizeof(boot), 0), sizeof(boot));
	return le64(boot + 0x30) * 4096 + number * 1024ull;
}

static void put(const struct image *image, uint64_t offset, unsigned char byte)
{
	assert_int_equal(pwrite(image->fd, &byte, 1, (off_t)offset), 1);
}

static unsigned char get(const struct image *image, uint64_t offset)
{
	unsigned char byte;

	assert_int_equal(pread(image->fd, &byte, 1, (off_t)offset), 1);
	return byte;
}

static void test_volume(void **state)
{
	const struct image *image = *state;
	struct block_map used;
	uint64_t start = 1, length = 0, bytes = 0;

	if (!make_volume(image))
		skip();
	assert_int_equal(read_used(image, &used), 0);
	assert_int_equal(used.unit, 4096);
	assert_int_equal(used.count, SIZE / 4096 - 1);
	for (uint64_t at = 0; block_map_run(&used, at, SIZE, &start, &length); at = start + length) {
		assert_true(length > 0 && start >= at && start + length <= SIZE);
		bytes += length;
	}
	assert_true(bytes > 256 << 10 && bytes < SIZE / 2);
	/* The boot sector is used, and so is what lies behind the last cluster: its copy. */
	assert_true(block_map_run(&used, 0, 512, &start, &length) && start == 0 && length == 512);
	assert_true(block_map_run(&used, SIZE - 512, SIZE, &start, &length) && start == SIZE - 512 && length == 512);
	assert_false(block_map_run(&used, SIZE, SIZE, &start, &length));
	block_map_done(&used);
}

/* Runs of an image: small holes belong to them, and without a bitmap all does. */
static void test_map(void **state)
{
	unsigned char bits[64] = { [0] = 0x01, [1] = 0x01, [40] = 0x80 };
	struct image_device device = { .fd = -1, .used = { 4096, 512, bits } }, whole = { .fd = -1 };
	uint64_t start, length;

	(void)state;
	assert_true(image_map_run(&device, 0, 512 * 4096, &start, &length));
	assert_int_equal(start, 0);
	assert_int_equal(length, 9 * 4096);
	assert_true(image_map_run(&device, start + length, 512 * 4096, &start, &length));
	assert_int_equal(start, 327 * 4096);
	assert_int_equal(length, 4096);
	assert_false(image_map_run(&device, start + length, 512 * 4096, &start, &length));
	assert_true(image_map_run(&device, 4096 + 100, 9 * 4096 - 100, &start, &length));
	assert_int_equal(start, 8 * 4096);
	assert_int_equal(length, 4096 - 100);
	assert_true(image_map_run(&whole, 7, 1000, &start, &length) && start == 7 && length == 993);
}

/* What was not closed cleanly does not tell. */
static void test_unclean(void **state)
{
	const struct image *image = *state;
	struct block_map used;
	char log[128];

	if (!make_volume(image))
		skip();
	snprintf(log, sizeof(log), "ntfsfix %s >/dev/null 2>&1", image->path);
	/* It leaves the volume marked for a check. */
	(void)!system(log);
	assert_int_equal(read_used(image, &used), -EUCLEAN);
	assert_null(used.bits);
}

/* Where the log lies, of which mkntfs makes one run. */
static uint64_t log_at(const struct image *image)
{
	unsigned char record[1024];
	uint32_t at;
	uint64_t cluster = 0;

	assert_int_equal(pread(image->fd, record, sizeof(record), (off_t)record_at(image, 2)), sizeof(record));
	for (at = le16(record + 0x14); le32(record + at) != 0x80; at += le32(record + at + 4))
		assert_true(le32(record + at + 4) && at < 1000);
	at += le16(record + at + 0x20);
	for (unsigned i = record[at] >> 4; i > 0; i--)
		cluster = cluster << 8 | record[at + (record[at] & 0x0f) + i];
	return cluster * 4096;
}

/* A restart page of a log of version MAJOR.MINOR that nobody has open. */
static void put_restart_page(const struct image *image, uint64_t at, unsigned char major, unsigned char minor, unsigned char lsn)
{
	unsigned char page[4096] = "RSTR";

	page[0x11] = page[0x15] = 0x10;
	page[0x18] = 0x30;
	page[0x1a] = minor;
	page[0x1c] = major;
	page[0x30] = lsn;
	page[0x3c] = page[0x3d] = 0xff;
	assert_int_equal(pwrite(image->fd, page, sizeof(page), (off_t)at), sizeof(page));
}

/* After a "fast startup" shutdown Windows has the bitmap in its hibernation file: the log stays of version 2.0, though nobody has it open. */
static void test_kept_by_windows(void **state)
{
	const struct image *image = *state;
	static const struct { unsigned char major[2], minor[2], lsn[2]; int result; } cases[] = {
		{ { 1, 1 }, { 1, 1 }, { 5, 6 }, 0 },
		{ { 2, 2 }, { 0, 0 }, { 5, 6 }, -EUCLEAN },
		{ { 1, 2 }, { 1, 0 }, { 5, 6 }, -EUCLEAN },
		{ { 1, 2 }, { 1, 0 }, { 6, 5 }, 0 },
		{ { 2, 1 }, { 0, 1 }, { 5, 6 }, 0 },
	};

	if (!make_volume(image))
		skip();
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct block_map used;

		for (unsigned page = 0; page < 2; page++)
			put_restart_page(image, log_at(image) + page * 4096, cases[i].major[page], cases[i].minor[page], cases[i].lsn[page]);
		assert_int_equal(read_used(image, &used), cases[i].result);
		block_map_done(&used);
	}
}

/* Foreign bytes: each byte of what is read, changed, gives an error or a map within the volume, and never more. */
static void test_spoilt(void **state)
{
	const struct image *image = *state;
	uint64_t records[] = { 0, 0, 0, 0, 0 };
	struct block_map used;

	if (!make_volume(image))
		skip();
	records[1] = record_at(image, 0);
	records[2] = record_at(image, 2);
	records[3] = record_at(image, 3);
	records[4] = record_at(image, 6);
	for (size_t i = 0; i < ARRAY_LENGTH(records); i++)
		for (uint64_t at = records[i]; at < records[i] + 512; at++) {
			unsigned char before = get(image, at);
			uint64_t start, length;
			int r;

			for (unsigned bit = 0; bit < 8; bit += 3) {
				put(image, at, before ^ (unsigned char)(1u << bit));
				r = read_used(image, &used);
				assert_true(r == 0 || r == -EINVAL || r == -EUCLEAN || r == -EIO);
				for (uint64_t from = 0; r == 0 && block_map_run(&used, from, SIZE, &start, &length); from = start + length)
					assert_true(length && start + length <= SIZE);
				block_map_done(&used);
			}
			put(image, at, before);
		}
	/* Each of these is looked at. */
	put(image, records[4], 'B');
	assert_int_equal(read_used(image, &used), -EINVAL);
	put(image, records[4], 'F');
	put(image, 3, 'X');
	assert_int_equal(read_used(image, &used), -EINVAL);
}

/* Names, places and sizes of parts. */
static void test_parts(void **state)
{
	AUTO_LAYOUT struct layout *layout = layout_new();
	struct node *disk = layout_add(layout, NODE_DISK, "disk:0"), *node = layout_add(layout, NODE_FILESYSTEM, "fs:0");
	AUTO_FREE char *path = NULL;
	uint64_t part = 7;

	(void)state;
	disk->size = 40ull << 20;
	node->filesystem.kind = strdup("ntfs");
	node->size = 40ull << 20;
	assert_int_equal(strv_append(&node->on, "disk:0"), 0);
	assert_null(node_image(node));
	assert_null(image_complaint(layout, node));
	assert_int_equal(node_property_set(node, IMAGE_PROPERTY, "win"), 0);
	assert_non_null(image_complaint(layout, node));
	assert_int_equal(node_property_set(node, IMAGE_HOLES_PROPERTY, IMAGE_HOLES_UNUSED), 0);
	assert_null(image_complaint(layout, node));
	assert_int_equal(image_part_count(node), 3);
	assert_int_equal(image_part_size(node, 0), IMAGE_PART_BYTES);
	assert_int_equal(image_part_size(node, 2), 8 << 20);
	path = image_part_path(node, 2);
	assert_string_equal(path, ".lifeboat-images/win/00000002");
	assert_ptr_equal(layout_image_part(layout, path, &part), node);
	assert_int_equal(part, 2);
	assert_null(layout_image_part(layout, ".lifeboat-images/win/00000003", &part));
	assert_null(layout_image_part(layout, ".lifeboat-images/win/2", &part));
	assert_null(layout_image_part(layout, ".lifeboat-images/wind/00000002", &part));
	assert_null(layout_image_part(layout, ".lifeboat-images/wi/00000002", &part));
	assert_true(layout_is_images_directory(layout, ".lifeboat-images"));
	assert_true(layout_is_images_directory(layout, ".lifeboat-images/win"));
	assert_false(layout_is_images_directory(layout, ".lifeboat-images/win/00000002"));
	assert_true(path_is_of_images(".lifeboat-images/x"));
	assert_false(path_is_of_images(".lifeboat-images2"));
	node->size = (40ull << 20) + 512;
	assert_non_null(image_complaint(layout, node));
	node->size = 4ull << 20;
	assert_int_equal(node_property_set(node, IMAGE_PROPERTY, "../win"), 0);
	assert_non_null(image_complaint(layout, node));
	assert_int_equal(node_property_set(node, IMAGE_PROPERTY, "win"), 0);
	free(node->filesystem.kind);
	node->filesystem.kind = strdup("BitLocker");
	assert_non_null(image_complaint(layout, node));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_volume, image_set_up, image_tear_down),
		cmocka_unit_test(test_map),
		cmocka_unit_test_setup_teardown(test_unclean, image_set_up, image_tear_down),
		cmocka_unit_test_setup_teardown(test_kept_by_windows, image_set_up, image_tear_down),
		cmocka_unit_test_setup_teardown(test_spoilt, image_set_up, image_tear_down),
		cmocka_unit_test(test_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
