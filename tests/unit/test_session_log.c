/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The log of a session on a disk that becomes full, and gets room again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../../backend/session/session_log.h"
#include "../../backend/core/bytes.h"
#include "../../backend/core/file.h"

static void limit_files(rlim_t limit)
{
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){ .rlim_cur = limit, .rlim_max = RLIM_INFINITY }), 0);
}

/* Cut in the middle of a line, silent for two, and whole again. */
static void test_gap_is_said_where_it_is(void **state)
{
	char path[] = "/tmp/lifeboat-test-XXXXXX";
	int fd = mkstemp(path);
	AUTO_FREE char *text = NULL, *expected = NULL;
	struct session_log log = SESSION_LOG_NONE;

	(void)state;
	close(fd);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(session_log_open(&log, path), 0);
	assert_false(session_log_write(&log, "first\n"));
	limit_files(10);
	assert_true(session_log_write(&log, "second\n"));
	assert_false(session_log_write(&log, "third\n"));
	limit_files(RLIM_INFINITY);
	assert_false(session_log_write(&log, "fourth\n"));
	assert_false(session_log_write(&log, "fifth\n"));
	assert_int_equal(log.lost, 2);
	assert_int_equal(log.error, EFBIG);
	session_log_close(&log);
	assert_int_equal(file_read(AT_FDCWD, path, 4096, &text, NULL), 0);
	expected = text_format("first\nseco\n... lines that could not be written and are missing here: 2 (%s)\nfourth\nfifth\n", strerror(EFBIG));
	assert_string_equal(text, expected);
	unlink(path);
}

static void test_log_that_cannot_be_opened(void **state)
{
	struct session_log log = SESSION_LOG_NONE;

	(void)state;
	assert_int_equal(session_log_open(&log, "/nowhere/at/all"), -ENOENT);
	assert_false(session_log_write(&log, "nobody asked for a log\n"));
	session_log_close(&log);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_gap_is_said_where_it_is), cmocka_unit_test(test_log_that_cannot_be_opened) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
