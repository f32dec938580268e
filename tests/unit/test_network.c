/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words of ip=, and finding interfaces below a prefix. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "../../backend/machine/network.h"
#include "../../backend/machine/network_ip.h"
#include "../../backend/machine/network_request.h"
#include "../../backend/core/file.h"
#include "quoted_json.h"

static struct network_request parse(const char *text)
{
	struct network_request request;

	assert_int_equal(network_parse(text, &request), 0);
	return request;
}

static void test_static(void **state)
{
	struct network_request r = parse("10.0.2.15:10.0.2.2:10.0.2.1:255.255.255.0:rescue:eth0:off");

	(void)state;
	assert_string_equal(r.client, "10.0.2.15");
	assert_string_equal(r.server, "10.0.2.2");
	assert_string_equal(r.gateway, "10.0.2.1");
	assert_int_equal(r.prefix, 24);
	assert_string_equal(r.host, "rescue");
	assert_string_equal(r.device, "eth0");
	assert_false(r.dhcp);
	assert_false(r.off);
	network_request_done(&r);
	r = parse("192.168.1.5");
	assert_string_equal(r.client, "192.168.1.5");
	assert_int_equal(r.prefix, 24);
	assert_false(r.dhcp);
	network_request_done(&r);
	r = parse("1.2.3.4:::::eth0:off:1.1.1.1:2.2.2.2");
	assert_int_equal(strv_length(r.servers), 2);
	assert_string_equal(r.servers[1], "2.2.2.2");
	network_request_done(&r);
	r = parse("172.16.0.9::172.16.0.1");
	assert_int_equal(r.prefix, 16);
	assert_null(r.server);
	network_request_done(&r);
}

static void test_ipv6(void **state)
{
	struct network_request r = parse("[2001:db8::15]:[2001:db8::2]:[fe80::1]:48:rescue:eth0:none:[2001:db8::53]:9.9.9.9");

	(void)state;
	assert_string_equal(r.client, "2001:db8::15");
	assert_string_equal(r.server, "2001:db8::2");
	assert_string_equal(r.gateway, "fe80::1");
	assert_int_equal(r.prefix, 48);
	assert_string_equal(r.host, "rescue");
	assert_string_equal(r.device, "eth0");
	assert_int_equal(strv_length(r.servers), 2);
	assert_string_equal(r.servers[0], "2001:db8::53");
	assert_false(r.off || r.dhcp || r.auto6);
	network_request_done(&r);
	r = parse("[2001:db8::15]");
	assert_int_equal(r.prefix, 64);
	network_request_done(&r);
	r = parse("10.0.0.5:::32");
	assert_int_equal(r.prefix, 32);
	network_request_done(&r);
	r = parse("10.0.0.5:::0.0.0.0");
	assert_int_equal(r.prefix, 0);
	network_request_done(&r);
	for (const char *const *text = (const char *const[]){ "auto6", "eth0:auto6", ":::::eth0:auto6", NULL }; *text; text++) {
		r = parse(*text);
		assert_true(r.auto6);
		assert_false(r.dhcp || r.off);
		network_request_done(&r);
	}
}

static void test_addresses(void **state)
{
	json_t *all = quoted_json("[{'ifname':'lo','addr_info':[{'local':'127.0.0.1','prefixlen':8,'scope':'host'}]},"
				  "{'ifname':'eth0','addr_info':[{'local':'fe80::1','prefixlen':64,'scope':'link'},"
				  "{'local':'2001:db8::1','prefixlen':64,'scope':'global','tentative':true},"
				  "{'local':'2001:db8::2','prefixlen':64,'scope':'global'},{'local':'10.0.0.5','prefixlen':24,'scope':'global'}]},"
				  "{'ifname':'eth1'},{},7]");
	AUTO_FREE char *old = ip_address_find(all, "eth0", false), *new = ip_address_find(all, "eth0", true);
	json_t *list = ip_addresses_of(all, "eth0"), *none = ip_addresses_of(NULL, "eth0");

	(void)state;
	assert_string_equal(old, "10.0.0.5");
	assert_string_equal(new, "2001:db8::2");
	assert_null(ip_address_find(all, "lo", false));
	assert_null(ip_address_find(all, "eth1", false));
	assert_null(ip_address_find(NULL, "eth0", true));
	assert_int_equal(json_array_size(list), 4);
	assert_string_equal(json_string_value(json_array_get(list, 2)), "2001:db8::2/64");
	assert_int_equal(json_array_size(none), 0);
	json_decref(list);
	json_decref(none);
	json_decref(all);
}

static void test_dhcp(void **state)
{
	static const char *const forms[] = { "dhcp", "on", "any", ":::::eth1:dhcp", "eth1:dhcp", ":::::eth1" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(forms); i++) {
		struct network_request r = parse(forms[i]);

		assert_true(r.dhcp);
		assert_null(r.client);
		if (strchr(forms[i], ':'))
			assert_string_equal(r.device, "eth1");
		network_request_done(&r);
	}
}

static void test_off(void **state)
{
	struct network_request r = parse("off");

	(void)state;
	assert_true(r.off);
	assert_false(r.dhcp);
	network_request_done(&r);
	r = parse("none");
	assert_true(r.off);
	network_request_done(&r);
}

static void test_bad(void **state)
{
	static const char *const bad[] = { "maybe", "10.0.2", "10.0.2.300", "10.0.2.15:::nonsense", "10.0.2.15::300.1.1.1", "eth0:maybe",
					   "10.0.2.15:::255.0.0.0:h:eth0:bogus", "1.2.3.4:::::eth0:off:one", "1:2:3:4:5:6:7:8:9:10:11",
					   "2001:db8::5", "[2001:db8::5", "[2001:db8::5]x", "[2001:db8::5]::10.0.0.1", "[2001:db8::5]:::129",
					   "[2001:db8::5]:::255.255.255.0", "10.0.0.5:::33", "10.0.0.5:::255.0.255.0", "10.0.0.5:::-1",
					   "10.0.0.5::[fe80::1]", "[eth0]:dhcp:", "[]", ":::::eth0:auto7" };
	struct network_request r;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
		if (network_parse(bad[i], &r) != -EINVAL)
			fail_msg("ip=%s was taken", bad[i]);
}

static void add_interface(const char *root, const char *name, const char *mac)
{
	AUTO_FREE char *directory = text_format("%s/sys/class/net/%s", root, name), *path = text_format("%s/address", directory);

	assert_int_equal(make_directories(directory, 0755), 0);
	assert_int_equal(file_replace(AT_FDCWD, path, mac, strlen(mac), 0644), 0);
}

static void test_find(void **state)
{
	char root[] = "/tmp/lifeboat-test-XXXXXX";
	AUTO_STRV char **found = NULL, **all = NULL, **named = NULL;
	struct context ctx;

	(void)state;
	context_init(&ctx);
	ctx.prefix = mkdtemp(root);
	add_interface(root, "lo", "00:00:00:00:00:00\n");
	add_interface(root, "eth1", "52:54:00:12:34:56\n");
	add_interface(root, "eth0", "52:54:00:12:34:57\n");
	found = network_names(&ctx, NULL, "52:54:00:12:34:56");
	assert_int_equal(strv_length(found), 1);
	assert_string_equal(found[0], "eth1");
	all = network_names(&ctx, NULL, NULL);
	assert_int_equal(strv_length(all), 2);
	assert_string_equal(all[0], "eth0");
	named = network_names(&ctx, "eth1", NULL);
	assert_int_equal(strv_length(named), 1);
	assert_null(network_names(&ctx, NULL, "00:11:22:33:44:55"));
	assert_null(network_names(&ctx, "eth2", NULL));
	context_done(&ctx);
	for (size_t i = 0; i < 3; i++) {
		static const char *const names[] = { "lo", "eth0", "eth1" };
		AUTO_FREE char *directory = text_format("%s/sys/class/net/%s", root, names[i]), *path = text_format("%s/address", directory);

		unlink(path);
		rmdir(directory);
	}
	for (const char *const *below = (const char *const[]){ "/sys/class/net", "/sys/class", "/sys", "", NULL }; *below; below++) {
		AUTO_FREE char *directory = text_format("%s%s", root, *below);

		assert_int_equal(rmdir(directory), 0);
	}
}

static void test_bad_request_is_told(void **state)
{
	char *ip[] = { (char *)"maybe", NULL };
	char **notes = NULL;
	struct context ctx;

	(void)state;
	context_init(&ctx);
	assert_int_equal(network_setup(&ctx, ip, NULL, &notes), -EINVAL);
	assert_string_equal(context_detail(&ctx), "ip=maybe cannot be understood");
	assert_null(notes);
	context_done(&ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_static), cmocka_unit_test(test_ipv6), cmocka_unit_test(test_addresses), cmocka_unit_test(test_dhcp), cmocka_unit_test(test_off), cmocka_unit_test(test_bad),
		cmocka_unit_test(test_find), cmocka_unit_test(test_bad_request_is_told),
	};

	return cmocka_run_group_tests_name("network", tests, NULL, NULL);
}
