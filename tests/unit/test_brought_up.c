/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a restore has up, and who takes it down. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../backend/core/file.h"
#include "../../backend/stack/brought_up.h"
#include "../../backend/stack/raid_stop.h"
#include "machine.h"

struct fixture {
	char *prefix, *ran, *path_before;
	struct context ctx;
};

static void put(const struct fixture *f, const char *path, const char *text)
{
	machine_write(f->prefix, path, text, strlen(text));
}

/* A program that only says that it ran. */
static void put_program(const struct fixture *f, const char *name)
{
	AUTO_FREE char *script = text_format("#!/bin/sh\necho %s \"$@\" >>%s\n", name, f->ran);
	AUTO_FREE char *path = text_format("/bin/%s", name), *program = text_format("%s%s", f->prefix, path);

	put(f, path, script);
	assert_int_equal(chmod(program, 0755), 0);
}

/* md127 on loop7, on it the container "crypt"; another one on another machine's disk is called "other". */
static void begin(struct fixture *f)
{
	AUTO_FREE char *path = NULL;

	*f = (struct fixture){ .prefix = machine_make(NULL) };
	context_init(&f->ctx);
	f->ctx.prefix = f->prefix;
	f->ran = text_format("%s/ran", f->prefix);
	f->path_before = strdup(getenv("PATH"));
	put(f, "/sys/class/block/md127/slaves/loop7/dev", "7:7\n");
	put(f, "/sys/block/md127/md/array_state", "clean\n");
	put(f, "/sys/block/dm-0/dm/name", "crypt\n");
	put(f, "/sys/block/dm-0/dm/uuid", "CRYPT-LUKS2-5d0a-crypt\n");
	put(f, "/sys/block/dm-0/slaves/md127/dev", "9:127\n");
	put(f, "/sys/block/dm-1/dm/name", "other\n");
	put(f, "/sys/block/dm-1/dm/uuid", "CRYPT-LUKS2-5d0b-other\n");
	put(f, "/sys/block/dm-1/slaves/sdz/dev", "8:99\n");
	put_program(f, "mdadm");
	put_program(f, "cryptsetup");
	path = text_format("%s/bin:%s", f->prefix, f->path_before);
	assert_int_equal(setenv("PATH", path, 1), 0);
}

static void end(struct fixture *f)
{
	assert_int_equal(setenv("PATH", f->path_before, 1), 0);
	context_done(&f->ctx);
	free(f->ran);
	free(f->path_before);
	machine_remove(f->prefix);
}

/* What ran since the last call. */
static void assert_ran(const struct fixture *f, const char *expected)
{
	AUTO_FREE char *text = NULL;

	if (file_read(AT_FDCWD, f->ran, 4096, &text, NULL) < 0)
		text = strdup("");
	assert_string_equal(text, expected);
	unlink(f->ran);
}

static int note(struct fixture *f, const struct up_kind *kind, const char *name, const char *below)
{
	char *devices[] = { (char *)below, NULL };

	return up_note(&f->ctx, kind, name, devices);
}

static size_t count_notes(const struct fixture *f)
{
	AUTO_FREE char *path = text_format("%s/run/lifeboat/up", f->prefix);
	AUTO_CLOSEDIR DIR *directory = opendir(path);
	struct dirent *entry;
	size_t count = 0;

	assert_non_null(directory);
	while (directory_next(directory, &entry) > 0)
		count++;
	return count;
}

static void take_down(struct fixture *f, const struct up_kind *kind, const char *name, const char *below)
{
	assert_int_equal(up_take_down(&f->ctx, kind, name, note(f, kind, name, below)), 0);
	assert_int_equal(count_notes(f), 0);
}

/* Another one's may have the same name. */
static void test_only_own_ones_are_stopped(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	take_down(&f, &up_array, "md127", "loop8");
	take_down(&f, &up_container, "other", "loop7");
	take_down(&f, &up_container, "none", "loop7");
	assert_ran(&f, "");
	take_down(&f, &up_array, "md127", "loop7");
	assert_ran(&f, "mdadm --stop /dev/md127\n");
	take_down(&f, &up_container, "crypt", "md127");
	assert_ran(&f, "cryptsetup close crypt\n");
	/* Also when the work is to stop: what is up is let go of all the more. */
	context_cancel(&f.ctx);
	take_down(&f, &up_array, "md127", "loop7");
	assert_ran(&f, "mdadm --stop /dev/md127\n");
	end(&f);
}

static void test_free_names_of_arrays(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	assert_true(raid_is_free(&f.ctx, "md126"));
	assert_false(raid_is_free(&f.ctx, "md127"));
	put(&f, "/sys/block/md127/md/array_state", "clear\n");
	assert_true(raid_is_free(&f.ctx, "md127"));
	end(&f);
}

/* What lies on top came last, and goes first. */
static void test_the_newest_goes_first(void **state)
{
	struct fixture f;
	int array, container, other;

	(void)state;
	begin(&f);
	array = note(&f, &up_array, "md127", "loop7");
	container = note(&f, &up_container, "crypt", "md127");
	other = note(&f, &up_container, "other", "sdy");
	assert_true(array >= 0 && container >= 0 && other >= 0);
	/* Whose process lives has it up. */
	up_stop_left(&f.ctx);
	assert_ran(&f, "");
	assert_int_equal(note(&f, &up_container, "crypt", "md127"), -EBUSY);
	assert_int_equal(count_notes(&f), 3);
	close(array);
	close(container);
	close(other);
	up_stop_left(&f.ctx);
	assert_ran(&f, "cryptsetup close crypt\nmdadm --stop /dev/md127\n");
	assert_int_equal(count_notes(&f), 0);
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_own_ones_are_stopped),
		cmocka_unit_test(test_free_names_of_arrays),
		cmocka_unit_test(test_the_newest_goes_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
