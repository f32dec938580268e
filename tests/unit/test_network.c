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

#include "../../backend/network/config.h"
#include "../../backend/network/interfaces.h"
#include "../../backend/network/ip.h"
#include "../../backend/network/lease.h"
#include "../../backend/network/request.h"
#include "../../backend/network/target.h"
#include "../../backend/network/words.h"
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
	assert_false(r.off || r.dhcp || r.ipv6);
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
		assert_true(r.ipv6);
		assert_false(r.dhcp || r.off || r.dhcp6 || r.link6);
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
	static const char *const forms[] = { "dhcp", "on", "any", "both", "bootp", "rarp", "", ":::::eth1:dhcp", "eth1:dhcp", ":::::eth1",
					     "eth1:single-dhcp" };

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
					   "[2001:db8::5]:::255.255.255.0", "eth0", "eth0:", "eth0:dhcp:67", "eth0:dhcp:65536", "eth0:dhcp:1500:52:54:00",
					   "eth0:dhcp::52:54:00:12:34:5g", "eth0:dhcp:1.1.1.1", "a/b:dhcp", "..:dhcp", "averyveryverylongname:dhcp",
					   "10.0.0.1:::::eth0:off:1.1.1.1:2.2.2.2:3.3.3.3:4.4.4.4", "10.0.0.1:::::eth0:off:1.1.1.1:2.2.2.2:ntp",
					   "[52:54:00:12:34]:dhcp", ":::::eth0:dhcp:1500:1.1.1.1", "ibft", "10.0.0.5:::33", "10.0.0.5:::255.0.255.0", "10.0.0.5:::-1",
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

static void test_dracut(void **state)
{
	struct network_request r = parse("eth1:dhcp:1400:52:54:00:AB:cd:ef");

	(void)state;
	assert_string_equal(r.device, "eth1");
	assert_int_equal(r.mtu, 1400);
	assert_string_equal(r.own_mac, "52:54:00:ab:cd:ef");
	network_request_done(&r);
	r = parse("eth1:dhcp::52:54:00:12:34:56");
	assert_int_equal(r.mtu, 0);
	assert_string_equal(r.own_mac, "52:54:00:12:34:56");
	network_request_done(&r);
	r = parse("10.0.0.5::10.0.0.1:24:host:eth1:none:9000:[52:54:00:12:34:56]");
	assert_int_equal(r.mtu, 9000);
	assert_string_equal(r.own_mac, "52:54:00:12:34:56");
	network_request_done(&r);
	r = parse("10.0.0.5::10.0.0.1:24:host:eth1:none::1.1.1.1");
	assert_int_equal(strv_length(r.servers), 1);
	assert_string_equal(r.servers[0], "1.1.1.1");
	network_request_done(&r);
	r = parse("10.0.0.5::10.0.0.1:24:host:eth1:off:1.1.1.1:2.2.2.2:3.3.3.3");
	assert_int_equal(strv_length(r.servers), 2);
	network_request_done(&r);
	r = parse("eth1:dhcp6");
	assert_true(r.dhcp6 && r.ipv6);
	network_request_done(&r);
	r = parse("eth1:link6");
	assert_true(r.link6 && r.ipv6);
	network_request_done(&r);
	r = parse("eth1:off");
	assert_true(r.off);
	network_request_done(&r);
}

static void test_by_mac(void **state)
{
	static const char *const forms[] = { "52-54-00-12-34-AB:dhcp", "[52:54:00:12:34:ab]:dhcp", "enx5254001234ab:dhcp",
					     ":::::52-54-00-12-34-ab:dhcp", ":::::[52:54:00:12:34:ab]" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(forms); i++) {
		struct network_request r = parse(forms[i]);

		assert_null(r.device);
		assert_string_equal(r.mac, "52:54:00:12:34:ab");
		assert_true(r.dhcp);
		network_request_done(&r);
	}
}

static void test_vlan(void **state)
{
	static const char *const good[] = { "vlan5:eth0", "vlan0005:eth0", "eth0.5:eth0", "eth0.0005:eth0" };
	static const char *const bad[] = { "vlan5", "vlan:eth0", "5:eth0", "vlan0:eth0", "vlan4095:eth0", ":eth0", "vlan5:", "vlan5:a/b", "averyveryverylong5:eth0" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(good); i++) {
		AUTO_CONFIG struct network_config config = { .virtuals = calloc(1, sizeof(struct network_virtual)), .virtual_count = 1 };

		assert_int_equal(network_vlan_parse(good[i], config.virtuals), 0);
		assert_int_equal(config.virtuals->vlan, 5);
		assert_string_equal(config.virtuals->parent, "eth0");
	}
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
		AUTO_CONFIG struct network_config config = { .virtuals = calloc(1, sizeof(struct network_virtual)), .virtual_count = 1 };

		if (network_vlan_parse(bad[i], config.virtuals) != -EINVAL)
			fail_msg("vlan=%s was taken", bad[i]);
	}
}

static void test_bond(void **state)
{
	static const char *const bad[] = { "bond0:eth0,", "bond0:a/b", "bond0:eth0:mode", "bond0:eth0:=x", "bond0:eth0:mode=", "bond0:eth0:mode=-x",
					   "bond0:eth0:MODE=1", "bond0:eth0:mode=1:12", "a/b" };
	AUTO_CONFIG struct network_config config = { .virtuals = calloc(3, sizeof(struct network_virtual)), .virtual_count = 3 };

	(void)state;
	assert_int_equal(network_bond_parse("bond1:eth0,eth1:mode=active-backup,miimon=100,arp_ip_target=10.0.0.1;10.0.0.2:9000", config.virtuals), 0);
	assert_string_equal(config.virtuals->name, "bond1");
	assert_null(config.virtuals->parent);
	assert_int_equal(config.virtuals->mtu, 9000);
	assert_int_equal(strv_length(config.virtuals->parts), 2);
	assert_int_equal(strv_length(config.virtuals->options), 6);
	assert_string_equal(config.virtuals->options[5], "10.0.0.1,10.0.0.2");
	assert_int_equal(network_bond_parse("bond0", config.virtuals + 1), 0);
	assert_string_equal(config.virtuals[1].parts[1], "eth1");
	assert_string_equal(config.virtuals[1].options[1], "balance-rr");
	assert_int_equal(network_bond_parse("bond0:eth2:mode=1,ns_ip6_target=fe80::a", config.virtuals + 2), 0);
	assert_string_equal(config.virtuals[2].options[3], "fe80::a");
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
		AUTO_CONFIG struct network_config one = { .virtuals = calloc(1, sizeof(struct network_virtual)), .virtual_count = 1 };

		if (network_bond_parse(bad[i], one.virtuals) != -EINVAL)
			fail_msg("bond=%s was taken", bad[i]);
	}
}

static void test_routes(void **state)
{
	static const char *const bad[] = { "10.0.0.0/8", "10.0.0.0/33:10.1.1.1", "10.0.0.0/8:", "10.0.0.0/8:x", "x:10.1.1.1", "10.0.0.0/8:10.1.1.1:a/b",
					   "[2001:db8::/32:fe80::1", "10.0.0.0/8:10.1.1.1:eth0:more", "" };
	AUTO_CONFIG struct network_config config = { .routes = calloc(3, sizeof(struct network_route)), .route_count = 3 };

	(void)state;
	assert_int_equal(network_route_parse("192.168.200.0/255.255.255.0:192.168.100.222:ens10", config.routes), 0);
	assert_string_equal(config.routes->net, "192.168.200.0/24");
	assert_string_equal(config.routes->gateway, "192.168.100.222");
	assert_string_equal(config.routes->device, "ens10");
	assert_int_equal(network_route_parse("[2001:db8:3::/48]:[2001:db8:2::1]", config.routes + 1), 0);
	assert_string_equal(config.routes[1].net, "2001:db8:3::/48");
	assert_null(config.routes[1].device);
	assert_int_equal(network_route_parse("10.1.1.1::eth0", config.routes + 2), 0);
	assert_string_equal(config.routes[2].net, "10.1.1.1/32");
	assert_null(config.routes[2].gateway);
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
		AUTO_CONFIG struct network_config one = { .routes = calloc(1, sizeof(struct network_route)), .route_count = 1 };

		if (network_route_parse(bad[i], one.routes) != -EINVAL)
			fail_msg("rd.route=%s was taken", bad[i]);
	}
}

static void test_renames(void **state)
{
	struct network_rename rename = { 0 };

	(void)state;
	assert_int_equal(network_rename_parse("lan0:52:54:00:12:34:AB", &rename), 0);
	assert_string_equal(rename.name, "lan0");
	assert_string_equal(rename.mac, "52:54:00:12:34:ab");
	free(rename.name);
	for (const char *const *bad = (const char *const[]){ "lan0", "lan0:", ":52:54:00:12:34:56", "lan0:52:54", "a/b:52:54:00:12:34:56", NULL }; *bad; bad++) {
		rename = (struct network_rename){ 0 };
		assert_int_equal(network_rename_parse(*bad, &rename), -EINVAL);
	}
}

/* What a DHCP server told reaches a file that programs read: nothing of it can add a line there. */
static void test_lease(void **state)
{
	static const char *const bad[] = { "", "address", "address x\n", "gateway 10.0.0.1\n", "address 10.0.0.5\nserver $(reboot)\n", "address 10.0.0.5\nmore 1.1.1.1\n",
					   "address 10.0.0.5\ngateway x\n" };
	AUTO_LEASE struct network_lease lease = { 0 };

	(void)state;
	assert_int_equal(network_lease_parse("address 10.0.0.5\ngateway 10.0.0.1\nserver 10.0.0.2\nserver 10.0.0.3\nsearch example.org a.example\n", &lease), 0);
	assert_string_equal(lease.address, "10.0.0.5");
	assert_string_equal(lease.gateway, "10.0.0.1");
	assert_int_equal(strv_length(lease.servers), 2);
	assert_string_equal(lease.search, "example.org a.example");
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
		AUTO_LEASE struct network_lease one = { 0 };

		if (network_lease_parse(bad[i], &one) != -EINVAL)
			fail_msg("the lease %zu was taken", i);
	}
	network_lease_done(&lease);
	assert_int_equal(network_lease_parse("address 10.0.0.5\nsearch a;b\n", &lease), 0);
	assert_null(lease.search);
}

static void check_target(const char *place, const char *host, const char *port)
{
	AUTO_TARGET struct network_target target = { 0 };
	struct context ctx;

	context_init(&ctx);
	assert_int_equal(network_target_of(&ctx, place, &target), host ? 1 : 0);
	if (host) {
		assert_string_equal(target.host, host);
		assert_string_equal(target.port, port);
	}
	context_done(&ctx);
}

static void test_targets(void **state)
{
	char empty[] = "/tmp/lifeboat-test-XXXXXX";

	(void)state;
	assert_non_null(mkdtemp(empty));
	setenv("LIFEBOAT_ACCESS", empty, 1);
	check_target("https://backup.example.org/web1", "backup.example.org", "443");
	check_target("http://u:p@192.0.2.1:8080/web1", "192.0.2.1", "8080");
	check_target("http://[2001:db8::1]/web1", "2001:db8::1", "80");
	check_target("nfs://nas/sets?port=12049&vers=3", "nas", "12049");
	check_target("nfs:nas:/sets?vers=3&port=12049", "nas", "12049");
	check_target("smb://nas/share/web1", "nas", "445");
	check_target("nfs://nas/sets?port=0", "nas", "2049");
	check_target("s3://bucket/web1?endpoint=http%3A%2F%2Fs3.example.org%3A9000&style=path", NULL, NULL);
	setenv("AWS_ACCESS_KEY_ID", "K", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "S", 1);
	check_target("s3://bucket/web1?endpoint=http://s3.example.org:9000&style=path", "s3.example.org", "9000");
	unsetenv("AWS_ACCESS_KEY_ID");
	unsetenv("AWS_SECRET_ACCESS_KEY");
	check_target("/mnt/set", NULL, NULL);
	check_target("cdrom:", NULL, NULL);
	check_target("01234567-89ab-cdef-0123-456789abcdef", NULL, NULL);
	{
		AUTO_FREE char *proxy = text_format("%s/proxy", empty);

		assert_int_equal(file_replace(AT_FDCWD, proxy, "http://proxy.example.org:3128\n", 30, 0600), 0);
		check_target("https://backup.example.org/web1", "proxy.example.org", "3128");
		check_target("nfs://nas/sets", "nas", "2049");
		unlink(proxy);
	}
	rmdir(empty);
	unsetenv("LIFEBOAT_ACCESS");
}

/* What a person set is refused in words. */
static void check_settings(const char *text, const char *why)
{
	AUTO_CONFIG struct network_config config = { 0 };
	json_t *settings = quoted_json(text);
	struct context ctx;
	int r;

	context_init(&ctx);
	r = network_config_of(&ctx, settings, &config);
	if (why) {
		assert_int_equal(r, -EINVAL);
		assert_non_null(strstr(context_detail(&ctx), why));
	} else {
		assert_int_equal(r, 0);
	}
	json_decref(settings);
	context_done(&ctx);
}

static void test_settings(void **state)
{
	(void)state;
	check_settings("{}", NULL);
	check_settings("{'interface': 'eth0', 'method': 'manual', 'address': '192.0.2.5/24', 'gateway': '192.0.2.1', 'nameservers': ['192.0.2.53'], 'mtu': 1400, "
		       "'vlan': 12}", NULL);
	check_settings("{'method': 'manual', 'address': '192.0.2.5/24'}", "needs an interface");
	check_settings("{'interface': 'eth0', 'method': 'manual', 'address': '192.0.2.5'}", "192.0.2.5/24");
	check_settings("{'interface': 'eth0', 'method': 'manual', 'address': '192.0.2.5/33'}", "no valid prefix length");
	check_settings("{'interface': 'eth0', 'method': 'manual', 'address': '192.0.2.500/24'}", "is no address");
	check_settings("{'interface': 'eth0', 'method': 'manual', 'address': '192.0.2.5/24', 'gateway': 'fe80::1'}", "is no gateway");
	check_settings("{'method': 'magic'}", "is no way");
	check_settings("{'vlan': 5}", "needs an interface");
	check_settings("{'interface': 'eth0', 'vlan': 4095}", "1 to 4094");
	check_settings("{'mtu': 5}", "68 to 65535");
	check_settings("{'nameservers': ['one']}", "no address of a name server");
	check_settings("{'interface': '../x'}", "no name of an interface");
}

static void test_bad_request_is_told(void **state)
{
	char *ip[] = { (char *)"maybe", NULL };
	AUTO_CONFIG struct network_config config = { 0 };
	struct context ctx;

	(void)state;
	context_init(&ctx);
	assert_int_equal(network_config_read(&ctx, &(struct network_words){ .ip = ip }, &config), -EINVAL);
	assert_string_equal(context_detail(&ctx), "ip=maybe cannot be understood");
	context_done(&ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_static), cmocka_unit_test(test_ipv6), cmocka_unit_test(test_addresses), cmocka_unit_test(test_dhcp), cmocka_unit_test(test_off), cmocka_unit_test(test_bad),
		cmocka_unit_test(test_find), cmocka_unit_test(test_dracut), cmocka_unit_test(test_by_mac), cmocka_unit_test(test_vlan),
		cmocka_unit_test(test_bond), cmocka_unit_test(test_routes), cmocka_unit_test(test_renames), cmocka_unit_test(test_lease),
		cmocka_unit_test(test_targets), cmocka_unit_test(test_settings), cmocka_unit_test(test_bad_request_is_told),
	};

	return cmocka_run_group_tests_name("network", tests, NULL, NULL);
}
