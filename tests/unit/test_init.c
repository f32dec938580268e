/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of pid 1 that decide: which consoles, when something is started again, what is unmounted in which order; and the
 * kernel's messages as text.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "../../backend/init/consoles.h"
#include "../../backend/init/init.h"
#include "../../backend/init/init_system.h"
#include "../../backend/machine/kmsg.h"
#include "../../backend/init/supervise.h"
#include "../../backend/core/bytes.h"
#include "../../backend/core/run.h"

static void test_serial_consoles(void **state)
{
	static const char kernel[] = "tty0                 -WU (EC  p  )    4:7\n"
				     "ttyS0                -W- (E   p a)    4:64\n";
	char *named[] = { (char *)"tty0", (char *)"ttyS0", (char *)"ttyS1", (char *)"hvc0", (char *)"tty", NULL };
	AUTO_STRV char **names = consoles_serial(kernel, named);

	(void)state;
	assert_int_equal(strv_length(names), 3);
	assert_string_equal(names[0], "ttyS0");
	assert_string_equal(names[1], "ttyS1");
	assert_string_equal(names[2], "hvc0");
	assert_null(consoles_serial("", NULL));
}

static void test_terminal_type(void **state)
{
	(void)state;
	assert_string_equal(console_term("tty1", "linux"), "linux");
	assert_string_equal(console_term("ttyS0", "linux"), "vt220");
	assert_string_equal(console_term("ttyS0", NULL), "vt220");
	assert_string_equal(console_term("ttyS0", "xterm"), "xterm");
	/* What was said for the serial line is not what the screen is. */
	assert_string_equal(console_term("tty1", "vt102"), "linux");
	assert_string_equal(console_term("tty3", "xterm"), "linux");
	assert_true(console_is_virtual("tty12"));
	assert_false(console_is_virtual("ttyS0"));
	assert_false(console_is_virtual("hvc0"));
}

static void test_restarts(void **state)
{
	struct restarts restarts = { 0 };

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		assert_true(restarts_due(&restarts, 100 + i) <= 0);
		restarts_note(&restarts, 100 + i);
	}
	/* Five starts in four seconds: the next waits until five seconds after the last. */
	assert_true(restarts_are_many(&restarts, 104.5));
	assert_true(restarts_due(&restarts, 104.5) > 4.4 && restarts_due(&restarts, 104.5) < 4.6);
	assert_true(restarts_due(&restarts, 109) <= 0);
	/* One that lived long is started again at once. */
	assert_false(restarts_are_many(&restarts, 200));
	assert_true(restarts_due(&restarts, 200) <= 0);
}

static void test_slow_restarts_are_not_held_back(void **state)
{
	struct restarts restarts = { 0 };

	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		assert_true(restarts_due(&restarts, i * 4.0) <= 0);
		restarts_note(&restarts, i * 4.0);
	}
}

static void test_unmount_order(void **state)
{
	static const char mountinfo[] =
		"22 1 0:2 / / rw - rootfs rootfs rw\n"
		"23 22 0:21 / /proc rw - proc proc rw\n"
		"24 22 0:5 / /dev rw - devtmpfs devtmpfs rw\n"
		"25 24 0:22 / /dev/pts rw - devpts devpts rw\n"
		"26 22 0:23 / /run rw - tmpfs tmpfs rw\n"
		"27 26 8:1 / /run/lifeboat/target rw - ext4 /dev/sda1 rw\n"
		"28 27 8:2 / /run/lifeboat/target/with\\040space rw - ext4 /dev/sda2 rw\n"
		"broken line\n";
	AUTO_STRV char **points = init_unmount_order(mountinfo);

	(void)state;
	assert_int_equal(strv_length(points), 4);
	assert_string_equal(points[0], "/run/lifeboat/target/with space");
	assert_string_equal(points[1], "/run/lifeboat/target");
	assert_string_equal(points[2], "/run");
	assert_string_equal(points[3], "/dev/pts");
}

/* Forgotten, these make the tools of device mapper and md wait for a udev that is not there, or leave their nodes unmade. */
static void test_environment(void **state)
{
	static const char *const names[] = { "DM_DISABLE_UDEV", "MDADM_NO_UDEV" };
	struct cmdline cmdline = { .lang = (char *)"de" };
	AUTO_FREE char *path = strdup(getenv("PATH") ? getenv("PATH") : ""), *home = strdup(getenv("HOME") ? getenv("HOME") : "/");
	struct context ctx;

	(void)state;
	init_set_environment(&cmdline);
	assert_string_equal(getenv("LANGUAGE"), "de");
	context_init(&ctx);
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		AUTO_RUN_RESULT struct run_result result = { 0 };

		/* What is run by the engine has them too. */
		assert_int_equal(run_program(&ctx, &(struct run){ .argv = (const char *const[]){ "printenv", names[i], NULL } }, &result), 0);
		assert_string_equal(result.output, "1\n");
		unsetenv(names[i]);
	}
	context_done(&ctx);
	unsetenv("LANGUAGE");
	setenv("PATH", path, 1);
	setenv("HOME", home, 1);
}

static void test_only_pid_1(void **state)
{
	(void)state;
	assert_int_equal(init_main("/proc/self/exe"), 2);
}

static void test_kernel_messages(void **state)
{
	bool matters = false;
	char *text = kmsg_text("4,1234,5678,-;sd 0:0:0:0: [sda] trouble\n SUBSYSTEM=scsi\n", &matters);

	(void)state;
	assert_string_equal(text, "kernel: sd 0:0:0:0: [sda] trouble");
	assert_true(matters);
	free(text);
	text = kmsg_text("14,1,2,-;usual\n", &matters);
	assert_string_equal(text, "kernel: usual");
	assert_false(matters);
	free(text);
	text = kmsg_text("4,1,2,-;one\\x0atwo\n", &matters);
	assert_string_equal(text, "kernel: one    two");
	free(text);
	text = kmsg_text("12,1,2,-;lifeboat: The lease has ended\n", &matters);
	assert_string_equal(text, "The lease has ended");
	assert_true(matters);
	free(text);
	assert_null(kmsg_text("nonsense", &matters));
	assert_null(kmsg_text("", &matters));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_serial_consoles),
		cmocka_unit_test(test_terminal_type),
		cmocka_unit_test(test_restarts),
		cmocka_unit_test(test_slow_restarts_are_not_held_back),
		cmocka_unit_test(test_unmount_order), cmocka_unit_test(test_environment),
		cmocka_unit_test(test_only_pid_1),
		cmocka_unit_test(test_kernel_messages),
	};

	return cmocka_run_group_tests_name("init", tests, NULL, NULL);
}
