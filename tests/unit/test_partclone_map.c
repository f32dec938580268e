/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Maps of used blocks that partclone makes: its log, of bytes of any kind, and the program itself on a minix filesystem. */
#include "image_fixture.h"

#include <errno.h>
#include <stdio.h>

#include "../../backend/core/bytes.h"
#include "../../backend/core/run.h"
#include "../../backend/storage/domain_log.h"
#include "../../backend/storage/partclone_map.h"

#define SIZE (8ull << 20)
#define HEAD "# Domain logfile created by partclone.minix v0.3.23\n# Source: /dev/sda3\n# Offset: 0x00000000\n# current_pos  current_status\n"

static void test_log(void **state)
{
	struct block_map map = { 0 };
	uint64_t start, length;

	(void)state;
	assert_int_equal(domain_log_read(HEAD "0x00007000     ?\n#      pos        size  status\n0x00000000  0x00001800  +\n0x00001800  0x00004800  ?\n"
						   "0x00006000  0x00001000  +\n", 0x8000, &map), 0);
	assert_int_equal(map.unit, 0x800);
	assert_true(block_map_run(&map, 0, 0x8000, &start, &length));
	assert_true(start == 0 && length == 0x1800);
	assert_true(block_map_run(&map, 0x1800, 0x8000, &start, &length));
	/* What lies behind the filesystem counts as used. */
	assert_true(start == 0x6000 && length == 0x2000);
	assert_false(block_map_run(&map, 0x1800, 0x6000, &start, &length));
	block_map_done(&map);
}

static void test_bad_logs(void **state)
{
	static const char *const texts[] = {
		"", "#", HEAD, HEAD "0x00000000  ?\n", HEAD "0x00001000  ?\n",
		"0x1000  ?\n0x0  0x1000  +",             /* as good as any: the one below differs by a byte */
		"0x1000  ?\n0x0  0x800  +\n",            /* stops early */
		"0x1000  ?\n0x0  0x800  +\n0x900  0x700  ?\n",
		"0x1000  ?\n0x0  0x800  +\n0x400  0xc00  ?\n",
		"0x1000  ?\n0x0  0x0  +\n0x0  0x1000  ?\n",
		"0x1000  ?\n0x0  0x1001  +\n",
		"0x9000  ?\n0x0  0x9000  +\n",           /* leads behind the device */
		"0x1000  ?\n0x0  0xfffffffffffffe00  +\n",
		"0x1000  ?\n0x0  0x11111111111111111  +\n",
		"0x1000  ?\n0x0  0x1000  *\n",           /* not of a domain */
		"0x1000  ?\n0x0  0x1000  +x\n",
		"0x1000  ?\n0x0  4096  +\n",
		"0x1000  ?\n0x0  0x1000\n",
		"0x1000  ?\n0x0  0x1000",
		"0x1000  ?\n0x0",
		"0x1000\n0x0  0x1000  +\n",
		"0x1000  ?\n0x200  0xe00  +\n",
	};
	struct block_map map = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
		int r = domain_log_read(texts[i], 0x8000, &map);

		if (i == 5)
			assert_int_equal(r, 0);
		else if (r != -EINVAL)
			fail_msg("accepted: %s", texts[i]);
		if (i == 5)
			block_map_done(&map);
	}
}

static void put(const struct image *image, uint64_t offset, unsigned char byte)
{
	assert_int_equal(pwrite(image->fd, &byte, 1, (off_t)offset), 1);
}

static int read_map(struct image *image, const char *kind, struct block_map *map, char **ret_why)
{
	return partclone_map_read(&image->ctx, kind, image->fd, SIZE, map, ret_why);
}

/* There are releases, and machines, without these programs. */
static void need(const char *mkfs, const char *program)
{
	if (run_is_present(NULL, mkfs) && run_is_present(NULL, program))
		return;
	print_message("%s or %s is not installed here\n", mkfs, program);
	skip();
}

static void test_program(void **state)
{
	struct image *image = *state;
	struct block_map map = { 0 };
	AUTO_FREE char *why = NULL, *path = strdup(getenv("PATH")), *command = text_format("mkfs.minix %s >/dev/null 2>&1", image->path);
	uint64_t start, length;

	need("mkfs.minix", "partclone.minix");
	assert_int_equal(ftruncate(image->fd, SIZE), 0);
	assert_int_equal(system(command), 0);
	assert_int_equal(read_map(image, "minix", &map, &why), 1);
	assert_null(why);
	assert_true(block_map_run(&map, 0, SIZE, &start, &length));
	assert_true(start == 0 && length > 8192 && length < 256 << 10);
	assert_false(block_map_run(&map, length, SIZE, &start, &length));
	block_map_done(&map);

	/* One that is mounted, or was not unmounted. */
	put(image, 1024 + 18, 0);
	assert_int_equal(read_map(image, "minix", &map, &why), 0);
	assert_non_null(strstr(why, "closed cleanly"));
	free(TAKE_POINTER(why));
	put(image, 1024 + 18, 3);
	assert_int_equal(read_map(image, "minix", &map, &why), 0);
	free(TAKE_POINTER(why));

	/* What the program says of what it cannot read, is told, and is no error. */
	assert_int_equal(read_map(image, "hfsplus", &map, &why), 0);
	assert_non_null(strstr(why, "partclone.hfsplus"));
	assert_string_equal(context_detail(&image->ctx), "");
	free(TAKE_POINTER(why));

	setenv("PATH", "/nowhere", 1);
	assert_int_equal(read_map(image, "minix", &map, &why), 0);
	assert_string_equal(why, "partclone.minix, which tells them apart, is not installed here (package partclone)");
	setenv("PATH", path, 1);
	free(TAKE_POINTER(why));
	/* Kinds that nobody looks into. */
	assert_int_equal(read_map(image, "f2fs", &map, &why), 0);
	assert_null(why);
	assert_null(map.bits);
}

static void test_exfat(void **state)
{
	struct image *image = *state;
	struct block_map map = { 0 };
	AUTO_FREE char *why = NULL, *command = text_format("mkfs.exfat %s >/dev/null 2>&1", image->path);

	need("mkfs.exfat", "partclone.exfat");
	assert_int_equal(ftruncate(image->fd, SIZE), 0);
	assert_int_equal(system(command), 0);
	assert_int_equal(read_map(image, "exfat", &map, &why), 1);
	block_map_done(&map);
	put(image, 106, 2);
	assert_int_equal(read_map(image, "exfat", &map, &why), 0);
	assert_non_null(strstr(why, "closed cleanly"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_log),
		cmocka_unit_test(test_bad_logs),
		cmocka_unit_test_setup_teardown(test_program, image_set_up, image_tear_down),
		cmocka_unit_test_setup_teardown(test_exfat, image_set_up, image_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
