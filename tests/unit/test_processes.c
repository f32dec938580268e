/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Processes that hold a directory: found, ended, and nobody else's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "../../backend/core/bytes.h"
#include "../../backend/core/processes.h"

enum holds { HOLDS_NOTHING, HOLDS_ROOT, HOLDS_DIRECTORY, HOLDS_FILE };

/* A process that holds DIRECTORY in this way; DEAF: it does not hear SIGTERM. */
static pid_t start(const char *directory, enum holds holds, bool deaf)
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		AUTO_FREE char *file = text_format("%s/file", directory);

		if (deaf)
			signal(SIGTERM, SIG_IGN);
		if ((holds == HOLDS_ROOT && (chroot(directory) < 0 || chdir("/") < 0)) || (holds == HOLDS_DIRECTORY && chdir(directory) < 0) ||
		    (holds == HOLDS_FILE && open(file, O_RDWR | O_CREAT, 0600) < 0) || write(ready[1], "r", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

static bool is_ended(pid_t pid)
{
	return waitpid(pid, NULL, WNOHANG) == pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void test_holders(void **state)
{
	char directory[] = "/tmp/lifeboat-test-XXXXXX", beside[sizeof(directory) + 2];
	bool root = geteuid() == 0;
	AUTO_STRV char **found = NULL, **inside = NULL, **writing = NULL, **reading = NULL;
	AUTO_FREE char *file = NULL;
	struct context ctx;
	pid_t stranger, neighbour, at, opened, within = 0;

	(void)state;
	context_init(&ctx);
	assert_non_null(mkdtemp(directory));
	file = text_format("%s/file", directory);
	/* A name that only begins like it. */
	snprintf(beside, sizeof(beside), "%s 2", directory);
	assert_int_equal(mkdir(beside, 0700), 0);
	stranger = start(directory, HOLDS_NOTHING, false);
	neighbour = start(beside, HOLDS_DIRECTORY, false);
	at = start(directory, HOLDS_DIRECTORY, true);
	opened = start(directory, HOLDS_FILE, false);
	if (root)
		within = start(directory, HOLDS_ROOT, false);
	assert_int_equal(processes_find(directory, PROCESSES_HOLDING, &found), 0);
	assert_int_equal(strv_length(found), root ? 3 : 2);
	assert_non_null(strstr(found[0], "test_processes (process "));
	assert_int_equal(processes_find(file, PROCESSES_WRITING, &writing), 0);
	assert_int_equal(strv_length(writing), 1);
	assert_int_equal(processes_find("/proc/self/exe", PROCESSES_WRITING, &reading), 0);
	assert_null(reading);
	assert_int_equal(processes_find(directory, PROCESSES_INSIDE, &inside), 0);
	assert_int_equal(strv_length(inside), root ? 1 : 0);
	/* Only what lives inside: whoever looks in from outside is a stranger. */
	assert_int_equal(processes_end(&ctx, directory, PROCESSES_INSIDE), 0);
	assert_true(!root || is_ended(within));
	assert_false(is_ended(at));
	assert_int_equal(processes_end(&ctx, directory, PROCESSES_HOLDING), 0);
	assert_true(is_ended(at));
	assert_true(is_ended(opened));
	assert_false(is_ended(stranger));
	assert_false(is_ended(neighbour));
	assert_int_equal(ctx.warnings, root ? 3 : 2);
	assert_int_equal(processes_end(&ctx, "/nowhere/at/all", PROCESSES_HOLDING), 0);
	assert_int_equal(processes_end(&ctx, "/", PROCESSES_HOLDING), -EINVAL);
	end(stranger);
	end(neighbour);
	rmdir(beside);
	unlink(file);
	rmdir(directory);
	context_done(&ctx);
}

static void test_dead_session(void **state)
{
	int members[2];
	pid_t leader, member, left;

	(void)state;
	assert_int_equal(pipe(members), 0);
	leader = fork();
	if (leader == 0) {
		setsid();
		for (int i = 0; i < 2; i++)
			if (fork() == 0) {
				pid_t self = getpid();

				setpgid(0, 0);
				if (write(members[1], &self, sizeof(self)) != sizeof(self))
					_exit(1);
				for (;;)
					pause();
			}
		_exit(0);
	}
	waitpid(leader, NULL, 0);
	assert_int_equal(read(members[0], &member, sizeof(member)), sizeof(member));
	assert_int_equal(read(members[0], &left, sizeof(left)), sizeof(left));
	assert_int_equal(processes_kill_session(leader), 2);
	assert_int_equal(processes_kill_session(leader), 0);
	close(members[0]);
	close(members[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_holders), cmocka_unit_test(test_dead_session) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
