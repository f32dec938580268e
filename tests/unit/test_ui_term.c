/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What may show screens is found out without ending the program, whatever TERM says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pty.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../ui/term.h"

/* In a child, on a terminal of ROWS and COLUMNS of type NAME: 1 when screens can be shown, else 0; WHY must be in
 * the reason. */
static int can_show(const char *name, unsigned short rows, unsigned short columns, const char *why)
{
	struct winsize size = { .ws_row = rows, .ws_col = columns };
	int master, status;
	pid_t pid = forkpty(&master, NULL, NULL, &size);

	assert_true(pid >= 0);
	if (pid == 0) {
		char *reason = NULL;
		bool can;

		if (name)
			setenv("TERM", name, 1);
		else
			unsetenv("TERM");
		can = term_can_show(&reason);
		if (!can && (!reason || !strstr(reason, why)))
			_exit(3);
		free(reason);
		_exit(can ? 1 : 0);
	}
	while (waitpid(pid, &status, 0) < 0)
		;
	close(master);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void terminals(void **state)
{
	(void)state;
	assert_int_equal(can_show("vt100", 24, 80, ""), 1);
	assert_int_equal(can_show("linux", 25, 80, ""), 1);
	/* A serial line knows no size. */
	assert_int_equal(can_show("vt220", 0, 0, ""), 1);
	assert_int_equal(can_show("vt220", 23, 80, "23 rows"), 0);
	assert_int_equal(can_show("vt220", 24, 79, "79 columns"), 0);
	assert_int_equal(can_show("no-such-terminal", 24, 80, "not known"), 0);
	assert_int_equal(can_show("dumb", 24, 80, "cannot move"), 0);
	assert_int_equal(can_show("", 24, 80, "not set"), 0);
	assert_int_equal(can_show(NULL, 24, 80, "not set"), 0);
}

static void no_terminal(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0) {
		close(STDIN_FILENO);
		_exit(term_can_show(NULL));
	}
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(terminals),
		cmocka_unit_test(no_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
