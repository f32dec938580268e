/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of GPT partitions unit by unit, and what the MBR before it says beside protecting it, on tables that sfdisk makes. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../backend/core/run.h"
#include "../../backend/superblocks/gpt.h"
#include "image_fixture.h"

#define SIZE (16u << 20)

/* With a GPT of two partitions. */
static int set_up(void **state)
{
	struct image *image;

	image_set_up(state);
	image = *state;
	assert_int_equal(ftruncate(image->fd, SIZE), 0);
	assert_int_equal(run_program(&image->ctx, &(struct run){ .argv = (const char *const[]){ "sfdisk", "-q", image->path, NULL },
								  .input = "label: gpt\nsize=1M\nsize=1M\n", .input_length = 28 }, NULL), 0);
	return 0;
}

static void test_names_come_back_as_they_are(void **state)
{
	static const char *const names[] = {
		" ends ", "tab\tin", "music \xf0\x9d\x84\x9e", "r\xc3\xb6\xc3\xb6t", "",
		"half \xed\xa0\xb4 of a pair", "\xed\xb4\x9e\xed\xa0\xb4", /* a pair the wrong way round */
		"123456789012345678901234567890123456",
		"\xf0\x9d\x84\x9e\xf0\x9d\x84\x9e\xf0\x9d\x84\x9e\xf0\x9d\x84\x9e\xf0\x9d\x84\x9e\xf0\x9d\x84\x9e"
		"\xf0\x9d\x84\x9e\xf0\x9d\x84\x9e\xf0\x9d\x84\x9e\xf0\x9d\x84\x9e\xf0\x9d\x84\x9e\xf0\x9d\x84\x9e"
		"\xf0\x9d\x84\x9e\xf0\x9d\x84\x9e\xf0\x9d\x84\x9e\xf0\x9d\x84\x9e\xf0\x9d\x84\x9e\xf0\x9d\x84\x9e",
	};
	struct image *image = *state;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct gpt gpt = { 0 };
		char *name;

		assert_int_equal(gpt_read(image->fd, SIZE, 512, &gpt), 0);
		assert_int_equal(gpt_set_name(&gpt, 2, names[i]), 0);
		assert_int_equal(gpt_write(image->fd, SIZE, 512, &gpt), 0);
		gpt_done(&gpt);
		assert_int_equal(gpt_read(image->fd, SIZE, 512, &gpt), 0);
		name = gpt_name(&gpt, 2);
		assert_string_equal(name, names[i]);
		free(name);
		gpt_done(&gpt);
		/* Another reader finds both copies whole. */
		assert_int_equal(run_program(&image->ctx, &(struct run){ .argv = (const char *const[]){ "sfdisk", "-V", image->path, NULL } },
					     NULL), 0);
	}
}

static void test_names_that_cannot_be(void **state)
{
	static const char *const names[] = { "1234567890123456789012345678901234567", "\xff", "\xc3", "a\xf0\x9d\x84", "\x80", "cut\xe0\x80\x80 off", "\xf0\x80\x80\xaf",
					     "12345678901234567890123456789012345\xf0\x9d\x84\x9e" };
	struct image *image = *state;
	struct gpt gpt = { 0 };

	assert_int_equal(gpt_read(image->fd, SIZE, 512, &gpt), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		assert_int_equal(gpt_set_name(&gpt, 1, names[i]), -EINVAL);
	assert_int_equal(gpt_set_name(&gpt, 0, "x"), -EINVAL);
	assert_int_equal(gpt_set_name(&gpt, gpt.count + 1, "x"), -EINVAL);
	gpt_done(&gpt);
}

static void spoil(const struct image *image, off_t offset)
{
	assert_int_equal(pwrite(image->fd, "spoilt", 6, offset), 6);
}

static void test_the_second_copy_counts(void **state)
{
	struct image *image = *state;
	struct gpt gpt = { 0 };

	spoil(image, 1024 + 56);
	assert_int_equal(gpt_read(image->fd, SIZE, 512, &gpt), 0);
	gpt_done(&gpt);
	spoil(image, SIZE - 512 + 40);
	assert_int_equal(gpt_read(image->fd, SIZE, 512, &gpt), -EINVAL);
	assert_int_equal(gpt_read(image->fd, 100, 512, &gpt), -EINVAL);
}

static char *mbr_of(const struct image *image, bool *plain)
{
	struct gpt gpt = { 0 };
	char *text;

	assert_int_equal(gpt_read(image->fd, SIZE, 512, &gpt), 0);
	text = gpt_mbr_text(&gpt, plain);
	gpt_done(&gpt);
	return text;
}

static void test_mbr(void **state)
{
	static const unsigned char second[16] = { 0x80, 0, 2, 0, 0x83, 0, 3, 0, 0, 8, 0, 0, 0, 8, 0, 0 };
	unsigned char sector[512] = { 0 }, was[512];
	struct image *image = *state;
	bool plain = false;
	char *text = mbr_of(image, &plain);

	assert_null(text);
	assert_true(plain);
	/* A signature alone: the entry that protects stays the writer's, as it says how long the disk is. */
	assert_int_equal(pwrite(image->fd, "\x11\x22\x33\x44", 4, 440), 4);
	text = mbr_of(image, &plain);
	assert_false(plain);
	assert_false(gpt_mbr_is_hybrid(text));
	memset(sector, 0x55, sizeof(sector));
	gpt_mbr_apply(text, sector);
	assert_memory_equal(sector + 440, "\x11\x22\x33\x44\0\0\0", 7);
	assert_int_equal(sector[447], 0x55);
	free(text);
	assert_int_equal(pwrite(image->fd, second, sizeof(second), 462), sizeof(second));
	text = mbr_of(image, &plain);
	assert_true(gpt_mbr_is_hybrid(text));
	gpt_mbr_apply(text, sector);
	assert_int_equal(pread(image->fd, was, sizeof(was), 0), sizeof(was));
	assert_memory_equal(sector + 440, was + 440, 70);
	assert_int_equal(sector[439], 0x55);
	assert_int_equal(sector[510], 0x55);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_names_come_back_as_they_are, set_up, image_tear_down),
		cmocka_unit_test_setup_teardown(test_names_that_cannot_be, set_up, image_tear_down),
		cmocka_unit_test_setup_teardown(test_the_second_copy_counts, set_up, image_tear_down),
		cmocka_unit_test_setup_teardown(test_mbr, set_up, image_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
