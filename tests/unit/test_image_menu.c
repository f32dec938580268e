/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The boot menu: its entries, the kernel's arguments in GRUB's quoting, what cannot be quoted. */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../backend/core/bytes.h"
#include "../../backend/core/run.h"
#include "../../backend/image/network_menu.h"

#define SET "0f6a2d70-6a0a-4c1e-9a5b-0123456789ab"

static struct menu plain(void)
{
	return (struct menu){ .media_id = "11111111-2222-4333-8444-555555555555", .timeout_s = UINT_MAX };
}

static char *print(const struct menu *menu)
{
	struct context ctx;
	char *text = NULL;
	int r;

	context_init(&ctx);
	r = menu_print(&ctx, menu, &text);
	if (r < 0)
		fail_msg("%s", context_detail(&ctx));
	context_done(&ctx);
	return text;
}

/* The line of entry ID that starts with "linux", after its tab. */
static char *kernel_line(const struct menu *menu, const char *id)
{
	AUTO_FREE char *text = print(menu), *mark = text_format(" --id %s {", id);
	char *entry = strstr(text, mark), *line;

	assert_non_null(entry);
	line = strstr(entry, "\tlinux ");
	assert_non_null(line);
	return strndup(line + 1, strcspn(line, "\n") - 1);
}

static void check_words(const char *arguments, const char *expected)
{
	struct menu menu = plain();
	AUTO_FREE char *line = NULL;

	menu.arguments = arguments;
	line = kernel_line(&menu, "expert");
	assert_string_equal(strstr(line, "=ramfs") + strlen("=ramfs"), expected);
}

static void test_entries(void **state)
{
	static const char *const modes[] = { "interactive", "nuke", "expert", "compare" };
	struct menu menu = plain();
	AUTO_FREE char *text = print(&menu);

	(void)state;
	assert_non_null(strstr(text, "set default=local\nset timeout=30\n"));
	assert_non_null(strstr(text, "--id local {"));
	for (size_t i = 0; i < ARRAY_LENGTH(modes); i++) {
		AUTO_FREE char *line = kernel_line(&menu, modes[i]);
		AUTO_FREE char *expected = text_format("linux /boot/vmlinuz lifeboat.mode=%s console=tty0 console=ttyS0,115200 quiet "
						       "loglevel=3 rootfstype=ramfs", modes[i]);

		assert_string_equal(line, expected);
		assert_true(image_has_entry(modes[i]));
	}
	assert_true(image_has_entry("local"));
	assert_false(image_has_entry("Local"));
	assert_false(image_has_entry(""));
}

static void test_default_and_timeout(void **state)
{
	struct menu menu = plain();
	AUTO_FREE char *text = NULL;

	(void)state;
	menu.default_entry = "nuke";
	menu.timeout_s = 0;
	text = print(&menu);
	assert_non_null(strstr(text, "set default=nuke\nset timeout=0\n"));
}

/* Unattended modes take the set that rides along and no other; a set named by hand wins. */
static void test_set_is_tied(void **state)
{
	struct menu menu = plain();
	AUTO_FREE char *nuke = NULL, *compare = NULL, *interactive = NULL, *named = NULL, *other = NULL;

	(void)state;
	menu.set_id = SET;
	nuke = kernel_line(&menu, "nuke");
	compare = kernel_line(&menu, "compare");
	interactive = kernel_line(&menu, "interactive");
	assert_non_null(strstr(nuke, "lifeboat.mode=nuke lifeboat.set=" SET " "));
	assert_non_null(strstr(compare, " lifeboat.set=" SET " "));
	assert_null(strstr(interactive, "lifeboat.set="));
	menu.arguments = "quiet lifeboat.set=/somewhere";
	named = kernel_line(&menu, "nuke");
	assert_null(strstr(named, SET));
	menu.arguments = "my.lifeboat.set=x";
	other = kernel_line(&menu, "nuke");
	assert_non_null(strstr(other, SET));
}

static void test_quoting(void **state)
{
	(void)state;
	check_words(NULL, "");
	check_words("", "");
	check_words(" \t ", "");
	check_words("a b=c", " 'a' 'b=c'");
	check_words("  a\tb  ", " 'a' 'b'");
	check_words("$root ;reboot {x} #y `z` |&<>", " '$root' ';reboot' '{x}' '#y' '`z`' '|&<>'");
	check_words("a=\"b c\" d", " 'a=b c' 'd'");
	check_words("\"a=b c\"", " 'a=b c'");
	check_words("\xc3\xa9=\xff", " '\xc3\xa9=\xff'");
}

static void test_refused(void **state)
{
	static const char *const bad[] = { "a'b", "a\\b", "a\nb", "\"a b", "a \x1b[2J", "a\x7f" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
		struct menu menu = plain();
		struct context ctx;
		char *text = NULL;

		context_init(&ctx);
		menu.arguments = bad[i];
		assert_int_equal(menu_print(&ctx, &menu, &text), -EINVAL);
		assert_non_null(strstr(context_detail(&ctx), "kernel arguments"));
		assert_null(text);
		context_done(&ctx);
	}
}

static void test_too_long(void **state)
{
	char arguments[1801];
	struct menu menu = plain();
	struct context ctx;
	char *text = NULL;

	(void)state;
	memset(arguments, 'a', sizeof(arguments) - 1);
	arguments[sizeof(arguments) - 1] = 0;
	context_init(&ctx);
	menu.arguments = arguments;
	assert_int_equal(menu_print(&ctx, &menu, &text), -E2BIG);
	assert_non_null(strstr(context_detail(&ctx), "too long"));
	context_done(&ctx);
}

static void test_unknown_entry(void **state)
{
	struct menu menu = plain();
	struct context ctx;
	char *text = NULL;

	(void)state;
	context_init(&ctx);
	menu.default_entry = "memtest";
	assert_int_equal(menu_print(&ctx, &menu, &text), -EINVAL);
	assert_non_null(strstr(context_detail(&ctx), "'memtest'"));
	context_done(&ctx);
}

/* GRUB's own checker finds the script sound, whatever the arguments are. */
static void test_script_is_sound(void **state)
{
	struct menu menu = plain();
	struct context ctx;
	AUTO_FREE char *text = NULL, *early = menu_print_early(&menu);
	int r;

	(void)state;
	menu.arguments = "a=\"b $c\" ;{ } if then #x";
	menu.set_id = SET;
	text = print(&menu);
	assert_non_null(strstr(early, "/boot/lifeboat-media-11111111-2222-4333-8444-555555555555\n"));
	if (!run_is_present(NULL, "grub-script-check"))
		skip();
	context_init(&ctx);
	r = run_program(&ctx, &(struct run){ .argv = (const char *const[]){ "grub-script-check", NULL }, .input = text,
					     .input_length = strlen(text) }, NULL);
	if (r < 0)
		fail_msg("%s", context_detail(&ctx));
	context_done(&ctx);
}

/* ---- from the network ---- */

static void test_network_names(void **state)
{
	static const char *const macs[] = { "52:54:00:AB:cd:01", "52-54-00-ab-cd-01", "525400abcd01" };
	static const char *const wrong[] = { "", "52:54:00:ab:cd", "52:54:00:ab:cd:01:02", "5:254:00:ab:cd:01", "../x", "52:54:00:ab:cd:0g" };
	struct context ctx;

	(void)state;
	context_init(&ctx);
	for (size_t i = 0; i < ARRAY_LENGTH(macs); i++) {
		AUTO_FREE char *ipxe = NULL, *grub = NULL;

		assert_int_equal(network_menu_names(&ctx, macs[i], &ipxe, &grub), 0);
		assert_string_equal(ipxe, "52-54-00-ab-cd-01.ipxe");
		assert_string_equal(grub, "52:54:00:ab:cd:01.cfg");
	}
	for (size_t i = 0; i < ARRAY_LENGTH(wrong); i++) {
		char *ipxe = NULL, *grub = NULL;

		assert_int_equal(network_menu_names(&ctx, wrong[i], &ipxe, &grub), -EINVAL);
		context_clear(&ctx);
	}
	{
		AUTO_FREE char *ipxe = NULL, *grub = NULL;

		assert_int_equal(network_menu_names(&ctx, "0F6A2D70-6A0A-4C1E-9A5B-0123456789AB", &ipxe, &grub), 0);
		assert_string_equal(ipxe, SET ".ipxe");
		assert_string_equal(grub, SET ".cfg");
	}
	context_done(&ctx);
}

/* Every goto has its label, every mode its entry, and what iPXE would read as a setting is refused. */
static void test_network_menu(void **state)
{
	struct menu menu = plain();
	AUTO_FREE char *text = NULL;
	struct context ctx;

	(void)state;
	context_init(&ctx);
	menu.arguments = "lifeboat.set=https://host/a?b=c&d=e";
	menu.default_entry = "nuke";
	assert_int_equal(network_menu_print(&ctx, &menu, &text), 0);
	assert_ptr_equal(strstr(text, "#!ipxe\n"), text);
	assert_non_null(strstr(text, "choose --default nuke --timeout 30000 "));
	for (size_t i = 0; i < MENU_MODES; i++) {
		const char *title, *mode = menu_mode(i, &title);
		AUTO_FREE char *label = text_format("\n:%s\nkernel boot/vmlinuz initrd=initramfs.zst lifeboat.mode=%s ", mode, mode);

		assert_non_null(strstr(text, label));
	}
	assert_non_null(strstr(text, " lifeboat.tools=${cwuri}/../boot/tools.squashfs lifeboat.set="));
	assert_non_null(strstr(text, " lifeboat.set=https://host/a?b=c&d=e BOOTIF=01-${netX/mac:hexhyp} "));
	menu.arguments = "a=${net0/mac}";
	free(TAKE_POINTER(text));
	assert_int_equal(network_menu_print(&ctx, &menu, &text), -EINVAL);
	context_done(&ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entries), cmocka_unit_test(test_default_and_timeout), cmocka_unit_test(test_set_is_tied),
		cmocka_unit_test(test_quoting), cmocka_unit_test(test_refused), cmocka_unit_test(test_unknown_entry),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_script_is_sound), cmocka_unit_test(test_network_names), cmocka_unit_test(test_network_menu),
	};

	return cmocka_run_group_tests_name("image_menu", tests, NULL, NULL);
}
