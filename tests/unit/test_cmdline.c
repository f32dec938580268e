/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernel command line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "../../backend/machine/cmdline.h"
#include "../../backend/core/bytes.h"

static struct cmdline parse(const char *text)
{
	struct cmdline cmdline;

	assert_int_equal(cmdline_parse(text, &cmdline), 0);
	return cmdline;
}

static void test_empty(void **state)
{
	struct cmdline cmdline = parse("\n");

	(void)state;
	assert_int_equal(cmdline.mode, MODE_ASK);
	assert_int_equal(cmdline.after, AFTER_DEFAULT);
	assert_null(cmdline.set);
	assert_null(cmdline.targets);
	assert_null(cmdline.unknown);
	assert_false(cmdline.again);
	cmdline_done(&cmdline);
}

static void test_all_keys(void **state)
{
	struct cmdline c = parse("BOOT_IMAGE=/boot/vmlinuz ro lifeboat.mode=nuke lifeboat.set=/dev/sdb1 lifeboat.target=ABC,wwn-0x5000 "
				 "lifeboat.target=blank lifeboat.answers=/a.json lifeboat.lang=de lifeboat.key=k lifeboat.after=poweroff "
				 "lifeboat.again lifeboat.ram lifeboat.tools=http://h/t lifeboat.debug=1 lifeboat.verify=digest lifeboat.salvage lifeboat.initramfs=always ip=dhcp ip=10.0.0.2::10.0.0.1:255.0.0.0 BOOTIF=01-52-54-00-AA-bb-cc "
				 "console=tty0 console=ttyS0,115200n8 console=ttyS0\n");

	(void)state;
	assert_int_equal(c.mode, MODE_NUKE);
	assert_int_equal(c.after, AFTER_POWEROFF);
	assert_string_equal(c.set, "/dev/sdb1");
	assert_int_equal(strv_length(c.targets), 3);
	assert_string_equal(c.targets[0], "ABC");
	assert_string_equal(c.targets[1], "wwn-0x5000");
	assert_string_equal(c.targets[2], "blank");
	assert_string_equal(c.answers, "/a.json");
	assert_string_equal(c.lang, "de");
	assert_string_equal(c.key, "k");
	assert_true(c.again);
	assert_true(c.ram);
	assert_string_equal(c.tools, "http://h/t");
	assert_true(c.debug);
	assert_true(c.digests_only);
	assert_true(c.initramfs_always);
	assert_false(c.initramfs_never);
	assert_true(c.salvage);
	assert_int_equal(strv_length(c.ip), 2);
	assert_string_equal(c.bootif, "52:54:00:aa:bb:cc");
	assert_int_equal(strv_length(c.consoles), 2);
	assert_string_equal(c.consoles[0], "tty0");
	assert_string_equal(c.consoles[1], "ttyS0");
	assert_null(c.unknown);
	cmdline_done(&c);
}

static void test_told(void **state)
{
	struct cmdline c = parse("lifeboat.notify=http://u:p@h:8080/?token=x lifeboat.notify-every=5 lifeboat.once=abc lifeboat.notify-every=0");

	(void)state;
	assert_string_equal(c.notify, "http://u:p@h:8080/?token=x");
	assert_int_equal(c.notify_every_s, 5);
	assert_string_equal(c.once, "abc");
	assert_int_equal(strv_length(c.unknown), 1);
	cmdline_done(&c);
	/* A token that is none does not make an entry that restores once one that restores always. */
	c = parse("lifeboat.once=");
	assert_string_equal(c.once, "");
	cmdline_done(&c);
	c = parse("lifeboat.once");
	assert_string_equal(c.once, "");
	cmdline_done(&c);
}

static void test_whole_words_only(void **state)
{
	/* A substring search would find "nuke" or "expert" in every one of these. */
	struct cmdline c = parse("root=/dev/nuke nukes xexpert expert=1 set=interactive compare.x Nuke lifeboat.modes=nuke");

	(void)state;
	assert_int_equal(c.mode, MODE_ASK);
	assert_int_equal(strv_length(c.unknown), 1);
	assert_string_equal(c.unknown[0], "lifeboat.modes=nuke");
	cmdline_done(&c);
}

static void test_bare_words(void **state)
{
	static const struct { const char *text; enum mode mode; } rows[] = {
		{ "nuke", MODE_NUKE }, { "quiet interactive", MODE_INTERACTIVE }, { "expert ro", MODE_EXPERT },
		{ "compare", MODE_COMPARE }, { "nuke lifeboat.mode=expert", MODE_EXPERT },
		{ "lifeboat.mode=expert nuke", MODE_NUKE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct cmdline c = parse(rows[i].text);

		assert_int_equal(c.mode, rows[i].mode);
		cmdline_done(&c);
	}
}

static void test_verify(void **state)
{
	struct cmdline each = parse("lifeboat.verify=each"), full = parse("lifeboat.verify=digest lifeboat.verify=full");

	(void)state;
	assert_true(each.verify_each && !each.digests_only);
	assert_false(full.verify_each || full.digests_only);
	cmdline_done(&each);
	cmdline_done(&full);
}

static void test_unknown_and_bad(void **state)
{
	static const char *const bad[] = { "lifeboat.mode=destroy", "lifeboat.after=later", "lifeboat.set=", "lifeboat.colour=1",
					   "lifeboat.again=maybe", "lifeboat.target=", "lifeboat.mode=ask", "lifeboat.", "lifeboat.set", "lifeboat.verify=never" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
		struct cmdline c = parse(bad[i]);

		assert_int_equal(strv_length(c.unknown), 1);
		assert_string_equal(c.unknown[0], bad[i]);
		assert_int_equal(c.mode, MODE_ASK);
		assert_null(c.set);
		cmdline_done(&c);
	}
}

static void test_quotes(void **state)
{
	struct cmdline c = parse("lifeboat.set=\"/mnt/my set\" \"lifeboat.lang=pt BR\" dyndbg=\"nuke file\" lifeboat.key=\"open");

	(void)state;
	assert_string_equal(c.set, "/mnt/my set");
	assert_string_equal(c.lang, "pt BR");
	assert_string_equal(c.key, "open");
	assert_int_equal(c.mode, MODE_ASK);
	cmdline_done(&c);
}

static void test_after_the_dashes(void **state)
{
	struct cmdline c = parse("quiet -- nuke lifeboat.mode=nuke");

	(void)state;
	assert_int_equal(c.mode, MODE_ASK);
	cmdline_done(&c);
}

static void test_bootif(void **state)
{
	static const char *const bad[] = { "BOOTIF=", "BOOTIF=01-52-54", "BOOTIF=01-52-54-00-aa-bb-cg", "BOOTIF=52:54:00:aa:bb:cc:dd" };
	struct cmdline c = parse("BOOTIF=52:54:00:AA:bb:01");

	(void)state;
	assert_string_equal(c.bootif, "52:54:00:aa:bb:01");
	cmdline_done(&c);
	for (const char *const *form = (const char *const[]){ "BOOTIF=01-52-54-00-aa-bb-01", "BOOTIF=01:52:54:00:aa:bb:01", "BOOTIF=52-54-00-AA-BB-01",
							      "BOOTIF=20-52-54-00-aa-bb-01", "BOOTIF=525400aabb01", NULL }; *form; form++) {
		c = parse(*form);
		assert_string_equal(c.bootif, "52:54:00:aa:bb:01");
		cmdline_done(&c);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
		c = parse(bad[i]);
		assert_null(c.bootif);
		cmdline_done(&c);
	}
}

static void test_network_words(void **state)
{
	struct cmdline c = parse("ip= ip=eth0:dhcp bond vlan=vlan5:bond0 ifname=lan0:52:54:00:12:34:56 nameserver=9.9.9.9 nameserver=1.1.1.1 "
				 "rd.route=10.0.0.0/8:10.1.1.1 lifeboat.network-wait=300 lifeboat.set-wait=20");

	(void)state;
	assert_int_equal(strv_length(c.ip), 2);
	assert_string_equal(c.ip[0], "");
	assert_string_equal(c.bond[0], "bond0");
	assert_string_equal(c.vlan[0], "vlan5:bond0");
	assert_string_equal(c.ifname[0], "lan0:52:54:00:12:34:56");
	assert_int_equal(strv_length(c.nameserver), 2);
	assert_string_equal(c.route[0], "10.0.0.0/8:10.1.1.1");
	assert_int_equal(c.network_wait, 300);
	assert_int_equal(c.set_wait, 20);
	assert_null(c.unknown);
	cmdline_done(&c);
	for (const char *const *bad = (const char *const[]){ "0", "-1", "x", "", "86401", NULL }; *bad; bad++) {
		AUTO_FREE char *word = text_format("lifeboat.network-wait=%s", *bad);

		c = parse(word);
		assert_int_equal(c.network_wait, 0);
		assert_int_equal(strv_length(c.unknown), 1);
		cmdline_done(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_all_keys),
		cmocka_unit_test(test_told), cmocka_unit_test(test_whole_words_only),
		cmocka_unit_test(test_bare_words),
		cmocka_unit_test(test_verify), cmocka_unit_test(test_unknown_and_bad),
		cmocka_unit_test(test_quotes),
		cmocka_unit_test(test_after_the_dashes),
		cmocka_unit_test(test_bootif), cmocka_unit_test(test_network_words),
	};

	return cmocka_run_group_tests_name("cmdline", tests, NULL, NULL);
}
