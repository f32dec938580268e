/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Programs in namespaces of their own: what they kill, leave running and mount concerns nobody else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../backend/core/bytes.h"
#include "../../backend/core/file.h"
#include "../../backend/core/run.h"

struct fixture {
	struct context ctx;
	struct run_result result;
	char *warning;           /* the latest */
	bool contained;
};

static void take_warning(void *data, json_t *event)
{
	struct fixture *it = data;

	if (strcmp(json_string_value(json_object_get(event, "level")), "warning"))
		return;
	free(it->warning);
	it->warning = strdup(json_string_value(json_object_get(event, "text")));
}

static int setup(void **state)
{
	struct fixture *it = calloc(1, sizeof(*it));

	context_init(&it->ctx);
	it->ctx.listener = take_warning;
	it->ctx.listener_data = it;
	it->contained = true;
	*state = it;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *it = *state;

	run_result_done(&it->result);
	context_done(&it->ctx);
	free(it->warning);
	free(it);
	return 0;
}

/* The tree of this machine serves as the restored one. */
static int run_script(struct fixture *it, const char *script, unsigned deadline_s)
{
	const char *const argv[] = { "/bin/sh", "-c", script, NULL };

	run_result_done(&it->result);
	return run_program(&it->ctx, &(struct run){ .argv = argv, .root = "/", .contained = &it->contained, .deadline_s = deadline_s },
			   &it->result);
}

static void skip_without_rights(void)
{
	if (geteuid() != 0)
		skip();
}

static void test_kills_nobody_else(void **state)
{
	struct fixture *it = *state;
	pid_t bystander;

	skip_without_rights();
	bystander = fork();
	if (bystander == 0)
		for (;;)
			pause();
	/* Only where it cannot harm: as the first process below an init. */
	assert_int_equal(run_script(it, "test $$ = 2 || exit 9; kill -9 1; kill -9 -1; echo still here", 60), 0);
	assert_true(it->contained);
	assert_string_equal(it->result.output, "still here\n");
	assert_int_equal(waitpid(bystander, NULL, WNOHANG), 0);
	kill(bystander, SIGKILL);
	waitpid(bystander, NULL, 0);
}

/* /proc is that of the namespace inside, and the machine's own outside. */
static void test_proc_is_its_own(void **state)
{
	struct fixture *it = *state;
	char directory[] = "/tmp/lifeboat-test-XXXXXX";
	AUTO_FREE char *after = NULL, *script = NULL;
	char self[32] = "";

	skip_without_rights();
	assert_non_null(mkdtemp(directory));
	script = text_format("readlink /proc/self; test $(ls -d /proc/[0-9]* | wc -l) -lt 9 && echo few; mount -t tmpfs none %s; grep -c %s /proc/self/mountinfo",
			     directory, directory);
	assert_int_equal(run_script(it, script, 60), 0);
	/* The init is 1, the shell 2, readlink 3. */
	assert_string_equal(it->result.output, "3\nfew\n1\n");
	assert_int_equal(file_read(AT_FDCWD, "/proc/self/mountinfo", 1 << 20, &after, NULL), 0);
	assert_null(strstr(after, directory));
	assert_true(readlink("/proc/self", self, sizeof(self) - 1) > 0);
	assert_int_equal(atoi(self), getpid());
	assert_int_equal(rmdir(directory), 0);
}

/* A daemon that hears nothing holds up the end for two seconds, no longer, and is named. */
static void test_what_is_left_ends(void **state)
{
	struct fixture *it = *state;
	struct timespec start, end;

	skip_without_rights();
	clock_gettime(CLOCK_MONOTONIC, &start);
	assert_int_equal(run_script(it, "trap '' TERM; setsid sleep 1000 >/dev/null 2>&1 </dev/null & echo done", 60), 0);
	clock_gettime(CLOCK_MONOTONIC, &end);
	assert_string_equal(it->result.output, "done\n");
	assert_string_equal(it->warning, "/bin/sh left processes running, which were ended: sleep");
	assert_true(end.tv_sec - start.tv_sec < 20);
	/* One that ends by itself at once is nobody's concern. */
	free(TAKE_POINTER(it->warning));
	assert_int_equal(run_script(it, "sleep 0.05 & exit 0", 60), 0);
	assert_null(it->warning);
}

static void test_ends_are_told_as_ever(void **state)
{
	struct fixture *it = *state;
	const char *const missing[] = { "/nowhere/at/all", NULL };

	skip_without_rights();
	assert_int_equal(run_script(it, "echo no; exit 7", 60), -EIO);
	assert_string_equal(context_detail(&it->ctx), "/bin/sh failed with exit status 7: no");
	assert_int_equal(it->result.status, 7);
	context_clear(&it->ctx);
	assert_int_equal(run_script(it, "kill -KILL $$", 60), -EIO);
	assert_string_equal(context_detail(&it->ctx), "/bin/sh was killed by signal 9 (Killed)");
	context_clear(&it->ctx);
	assert_int_equal(run_program(&it->ctx, &(struct run){ .argv = missing, .root = "/", .contained = &it->contained }, NULL), -ENOENT);
	assert_string_equal(context_detail(&it->ctx), "/nowhere/at/all could not be started: No such file or directory");
	context_clear(&it->ctx);
	assert_int_equal(run_script(it, "setsid sleep 1000 & sleep 1000", 1), -ETIMEDOUT);
	context_clear(&it->ctx);
	context_cancel(&it->ctx);
	assert_int_equal(run_script(it, "sleep 1000", 60), -ECANCELED);
}

/* Where the namespace cannot be made, it is said once, and the program runs all the same. */
static void test_refusal_is_said(void **state)
{
	struct fixture *it = *state;
	char directory[] = "/tmp/lifeboat-test-XXXXXX";
	const char *const argv[] = { "/bin/sh", "-c", "true", NULL };

	skip_without_rights();
	assert_non_null(mkdtemp(directory));
	/* No /proc there to mount on. Neither is a shell, but that is another error. */
	assert_int_equal(run_program(&it->ctx, &(struct run){ .argv = argv, .root = directory, .contained = &it->contained }, NULL), -ENOENT);
	assert_false(it->contained);
	assert_non_null(strstr(it->warning, "The kernel refuses a PID namespace"));
	assert_int_equal(it->ctx.warnings, 1);
	rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_kills_nobody_else, setup, teardown),
		cmocka_unit_test_setup_teardown(test_proc_is_its_own, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_is_left_ends, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ends_are_told_as_ever, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refusal_is_said, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
