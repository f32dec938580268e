/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the consoles of a rehearsed machine tell, and the serial console it gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../backend/finish/serial_console.h"
#include "../../backend/rehearse/verdict.h"

static void assert_last_lines(const char *text, const char *expected)
{
	AUTO_FREE char *lines = verdict_last_lines(text, strlen(text));

	assert_non_null(lines);
	assert_string_equal(lines, expected);
}

static void test_last_lines(void **state)
{
	AUTO_BUFFER struct buffer many = { 0 };
	AUTO_FREE char *lines = NULL;

	(void)state;
	assert_last_lines("", "");
	assert_last_lines("\r\n \r\n\n", "");
	assert_last_lines("one\r\n\r\ntwo", "one\ntwo");
	/* As SeaBIOS begins on a serial line, and GRUB places its words. */
	assert_last_lines("\033c\033[?7l\033[2J\033[0mSeaBIOS\r\n\033[5;1Herror: no such device\033[6;1H\033(Bgrub rescue> ",
			  "SeaBIOS\nerror: no such device\ngrub rescue> ");
	/* What commands a terminal in other ways. */
	assert_last_lines("a\302\233" "2J\177b\377\n\342\200\256", "a%C2%9B2J%7Fb%FF\n%E2%80%AE");
	/* Cut off in the middle of a sequence. */
	assert_last_lines("a\033[12", "a");
	assert_last_lines("a\033", "a");
	for (int i = 0; i < 40; i++)
		assert_int_equal(buffer_append(&many, i < 20 ? "old\n" : "new\n", 4), 0);
	lines = verdict_last_lines(many.data, many.length);
	assert_non_null(lines);
	assert_memory_equal(lines, "old\nold\nold\nold\nold\nnew", 23);
	assert_int_equal(strlen(lines), 25 * 4 - 1);
}

static void test_failures(void **state)
{
	static const char *const stopped[] = {
		"[    1.0] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100",
		"ALERT!  UUID=0 does not exist.  Dropping to a shell!",
		"error: no such device: 0.\r\nEntering rescue mode...\r\ngrub rescue> ",
		"You are in emergency mode. After logging in, type \"journalctl -xb\"",
		"No bootable device.",
	};
	static const char *const going[] = { "", "[  OK  ] Stopped Emergency Shell.", "lifeboat-demo login: " };

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(stopped); i++)
		assert_non_null(verdict_failure(stopped[i], strlen(stopped[i])));
	for (size_t i = 0; i < ARRAY_LENGTH(going); i++)
		assert_null(verdict_failure(going[i], strlen(going[i])));
}

static void assert_changed(int (*change)(const char *text, struct buffer *out), const char *text, const char *expected,
			   int changed)
{
	AUTO_BUFFER struct buffer out = { 0 };

	assert_int_equal(change(text, &out), changed);
	assert_string_equal(out.data, expected);
}

static void test_serial_console(void **state)
{
	(void)state;
	assert_changed(serial_console_menu,
		       "menuentry 'Debian' {\n\techo 'Loading Linux'\n\tlinux\t/boot/vmlinuz root=UUID=1 ro quiet\n\tinitrd /i\n}\n"
		       "linux16 /memtest",
		       "menuentry 'Debian' {\n\techo 'Loading Linux'\n\tlinux\t/boot/vmlinuz root=UUID=1 ro quiet"
		       " console=tty0 console=ttyS0,115200\n\tinitrd /i\n}\n"
		       "linux16 /memtest console=tty0 console=ttyS0,115200",
		       2);
	assert_changed(serial_console_menu, "linux /v console=tty0 console=ttyS0\n", "linux /v console=tty0 console=ttyS0\n", 0);
	assert_changed(serial_console_entry, "linux /vmlinuz\noptions root=UUID=1\n",
		       "linux /vmlinuz\noptions root=UUID=1 console=tty0 console=ttyS0,115200\n", 1);
	assert_changed(serial_console_inittab, "id:2:initdefault:\n#T0:23:respawn:/sbin/getty -L ttyS0\n",
		       "id:2:initdefault:\n#T0:23:respawn:/sbin/getty -L ttyS0\nLB:2345:respawn:/sbin/getty -L 115200 ttyS0 vt100\n", 1);
	assert_changed(serial_console_inittab, "::sysinit:/sbin/openrc sysinit",
		       "::sysinit:/sbin/openrc sysinit\nttyS0::respawn:/sbin/getty -L 115200 ttyS0 vt100\n", 1);
	assert_changed(serial_console_inittab, "ttyS0::respawn:/sbin/getty\n", "ttyS0::respawn:/sbin/getty\n", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_last_lines),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_serial_console),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
