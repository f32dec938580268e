/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The directories of paths for programs: whoever was killed leaves nothing for long, and nobody loses one in use. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../backend/core/bytes.h"
#include "../../backend/storage/hold_path.h"

static bool is_there(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0;
}

static void make_old(const char *path)
{
	assert_int_equal(utimensat(AT_FDCWD, path, (const struct timespec[2]){ { .tv_sec = 1000 }, { .tv_sec = 1000 } }, 0), 0);
}

static void test_stale_directories_go(void **state)
{
	struct hold_path mine = { 0 }, next = { 0 };
	struct context ctx;
	char stale[4096] = "";
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), told[2];
	pid_t killed;

	(void)state;
	context_init(&ctx);
	assert_int_equal(pipe(told), 0);
	killed = fork();
	if (killed == 0) {
		if (hold_path_make(&ctx, fd, "/dev/disk/part1", &mine) < 0 || write(told[1], mine.directory, strlen(mine.directory) + 1) < 0)
			_exit(1);
		for (;;)
			pause();
	}
	assert_true(read(told[0], stale, sizeof(stale) - 1) > 0);
	make_old(stale);
	assert_int_equal(hold_path_make(&ctx, fd, "/dev/disk/part2", &mine), 0);
	make_old(mine.directory);
	/* Its owner lives. */
	assert_true(is_there(stale));
	assert_true(is_there(mine.path));
	kill(killed, SIGKILL);
	waitpid(killed, NULL, 0);
	assert_int_equal(hold_path_make(&ctx, fd, "/dev/disk/part3", &next), 0);
	assert_false(is_there(stale));
	assert_true(is_there(mine.path));
	hold_path_done(&mine);
	hold_path_done(&next);
	close(fd);
	close(told[0]);
	close(told[1]);
	context_done(&ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_stale_directories_go) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
