/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Labels that mkfs.vfat and mkswap do not write, on image files; read back by libblkid. */
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
#include "../../backend/storage/content.h"
#include "../../backend/storage/label_write.h"
#include "image_fixture.h"

static void test_fat(void **state)
{
	static const struct {
		const char *bits;
		off_t size;
	} sizes[] = { { "12", 4 << 20 }, { "16", 32 << 20 }, { "32", 64 << 20 } };
	static const char *const labels[] = { " blank", "\xe5 first", "gro\xdf", "tab\tin", "ELEVEN+BYTE", "a.b", "x" };
	struct image *image = *state;

	if (!run_is_present(NULL, "mkfs.vfat"))
		skip();
	for (size_t i = 0; i < ARRAY_LENGTH(sizes); i++)
		for (size_t k = 0; k < ARRAY_LENGTH(labels); k++) {
			assert_int_equal(ftruncate(image->fd, 0), 0);
			assert_int_equal(ftruncate(image->fd, sizes[i].size), 0);
			assert_int_equal(run_simple(&image->ctx, "mkfs.vfat", "-F", sizes[i].bits, "-n", "LIFEBOAT", image->path, NULL), 0);
			assert_int_equal(fat_label_write(&image->ctx, image->path, labels[k]), 0);
			assert_int_equal(content_is_there(image->fd, "vfat", NULL, labels[k]), 1);
			assert_int_equal(content_is_there(image->fd, "vfat", NULL, "LIFEBOAT"), 0);
		}
	assert_int_equal(fat_label_write(&image->ctx, image->path, "twelve bytes"), -EINVAL);
	assert_true(fat_label_is_plain("EFI boot-1"));
	assert_false(fat_label_is_plain(" EFI"));
	assert_false(fat_label_is_plain("a+b"));
}

static void test_swap(void **state)
{
	struct image *image = *state;

	assert_int_equal(ftruncate(image->fd, 1 << 20), 0);
	assert_int_equal(run_simple(&image->ctx, "mkswap", "-U", "clear", image->path, NULL), 0);
	assert_int_equal(swap_label_write(&image->ctx, image->path, "sixteen bytes \xff!"), 0);
	assert_int_equal(content_is_there(image->fd, "swap", NULL, "sixteen bytes \xff!"), 1);
	assert_int_equal(content_is_there(image->fd, "swap", NULL, "sixteen bytes \xff"), 0);
	assert_int_equal(swap_label_write(&image->ctx, image->path, "seventeen bytes !"), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_fat, image_set_up, image_tear_down),
		cmocka_unit_test_setup_teardown(test_swap, image_set_up, image_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
