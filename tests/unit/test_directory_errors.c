/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A directory that cannot be read to its end: nobody takes what came before the error for all of it. readdir(3) is this program's own. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "../../backend/core/file.h"
#include "../../backend/finish/special_files.h"
#include "../../backend/image/image.h"
#include "../../backend/media/device.h"
#include "../../backend/devices/sysfs.h"
#include "../../backend/resume/journal.h"

static int left = -1; /* entries until readdir() fails; -1: it does not */

struct dirent *readdir(DIR *directory)
{
	static struct dirent *(*real)(DIR *directory);

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "readdir64");
	if (left == 0) {
		errno = EIO;
		return NULL;
	}
	left -= left > 0;
	return real(directory);
}

static char *make_tree(const char *below)
{
	char *top = strdup("/tmp/lifeboat-directory-XXXXXX");
	AUTO_FREE char *path = NULL;

	assert_non_null(mkdtemp(top));
	path = text_format("%s%s", top, below);
	assert_int_equal(make_directories(path, 0755), 0);
	for (int i = 0; i < 3; i++) {
		AUTO_FREE char *name = text_format("%s/entry-%d", path, i);
		AUTO_CLOSE int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

		assert_true(fd >= 0);
	}
	return top;
}

static void remove_tree(char *top)
{
	AUTO_FREE char *command = text_format("rm -r %s", top);

	left = -1;
	assert_int_equal(system(command), 0);
	free(top);
}

static void an_error_is_not_the_end(void **state)
{
	char *top = make_tree("");
	DIR *directory AUTO_CLOSEDIR = opendir(top);
	struct dirent *entry;
	int count = 0, r;

	(void)state;
	while ((r = directory_next(directory, &entry)) > 0)
		count++;
	assert_int_equal(count, 3);
	assert_int_equal(r, 0);
	rewinddir(directory);
	left = 3;
	while ((r = directory_next(directory, &entry)) > 0)
		;
	assert_int_equal(r, -EIO);
	remove_tree(top);
}

static void lists_that_are_not_whole_are_errors(void **state)
{
	char *top = make_tree("/sys/class/block");
	AUTO_FREE char *modules = text_format("%s/lib/modules", top);
	AUTO_FREE char *path = NULL, *release = NULL;
	AUTO_STRV char **names = NULL;
	struct image_options options = { 0 };
	struct media_devices devices = { 0 };
	struct context ctx;

	(void)state;
	assert_int_equal(make_directories(modules, 0755), 0);
	context_init(&ctx);
	ctx.prefix = top;
	left = 3;
	assert_int_equal(sysfs_list(&ctx, "/sys/class/block", &names), -EIO);
	assert_null(names);
	left = 1;
	assert_int_equal(devices_list(&ctx, &devices), -EIO);
	context_clear(&ctx);
	left = 0;
	assert_int_equal(image_kernel(&ctx, &options, &path, &release), -EIO);
	context_done(&ctx);
	remove_tree(top);
}

static void what_cannot_be_read_may_hold_links(void **state)
{
	char *top = make_tree("/boot/grub");
	AUTO_CLOSE int root = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	assert_false(special_files_has_links(root, "boot/grub"));
	left = 2;
	assert_true(special_files_has_links(root, "boot/grub"));
	remove_tree(top);
}

static void a_journal_that_cannot_be_read_is_not_removed(void **state)
{
	char *top = make_tree("/.lifeboat-journal");
	AUTO_CLOSE int root = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	left = 0;
	assert_int_equal(journal_remove(root), -EIO);
	left = -1;
	assert_int_equal(journal_remove(root), 0);
	remove_tree(top);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_error_is_not_the_end),
		cmocka_unit_test(lists_that_are_not_whole_are_errors),
		cmocka_unit_test(what_cannot_be_read_may_hold_links),
		cmocka_unit_test(a_journal_that_cannot_be_read_is_not_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
