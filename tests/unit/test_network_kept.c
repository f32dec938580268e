/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Network settings that a person typed and wants in the restored machine: in each form, and in the form that a root uses. */
#include "../../backend/finish/network_forms.h"
#include "../../backend/finish/network_settings.h"
#include "../../backend/finish/differences.h"
#include "finish_case.h"

#define MAC "52:54:00:12:34:56"
#define HEAD "# Written by Lifeboat: the network settings that were typed during the restore.\n"

static const char manual[] = "{\"keep\": true, \"mac\": \"" MAC "\", \"interface\": \"eth0\", \"method\": \"manual\", \"address\": \"192.0.2.5/26\", "
			     "\"gateway\": \"192.0.2.1\", \"nameservers\": [\"192.0.2.53\", \"2001:db8::53\"], \"mtu\": 9000}";
static const char tagged[] = "{\"keep\": true, \"mac\": \"" MAC "\", \"interface\": \"eth0\", \"vlan\": 12, \"method\": \"manual\", "
			     "\"address\": \"2001:db8::5/64\", \"gateway\": \"2001:db8::1\", \"nameservers\": [\"2001:db8::53\"]}";
static const char any[] = "{\"keep\": true, \"mac\": \"" MAC "\", \"interface\": \"eth0\", \"method\": \"any\"}";
static const char dhcp_tagged[] = "{\"keep\": true, \"mac\": \"" MAC "\", \"interface\": \"eth0\", \"vlan\": 12, \"method\": \"dhcp\", \"mtu\": 1400}";

static void makes(int (*form)(const struct network_kept *kept, struct network_files *ret), const char *settings, const char *const *expected)
{
	AUTO_NETWORK_FILES struct network_files files = { 0 };
	AUTO_NETWORK_KEPT struct network_kept kept = { 0 };
	json_auto_t *json = json_loads(settings, 0, NULL);
	struct context ctx;
	size_t i;

	context_init(&ctx);
	assert_int_equal(network_kept_of(&ctx, json, &kept), 0);
	assert_int_equal(form(&kept, &files), 0);
	for (i = 0; expected[2 * i]; i++) {
		assert_true(i < files.count);
		assert_string_equal(files.files[i].path, expected[2 * i]);
		assert_memory_equal(files.files[i].text, HEAD, strlen(HEAD));
		assert_string_equal(files.files[i].text + strlen(HEAD), expected[2 * i + 1]);
	}
	assert_int_equal(files.count, i);
	context_done(&ctx);
}
#define MAKES(form, settings, ...) makes(form, settings, (const char *const[]){ __VA_ARGS__, NULL })

static void test_keyfile(void **state)
{
	static const char path[] = "etc/NetworkManager/system-connections/lifeboat.nmconnection";

	(void)state;
	MAKES(network_form_keyfile, manual, path,
	      "[connection]\nid=lifeboat\ntype=ethernet\nautoconnect=true\nautoconnect-priority=100\n\n[ethernet]\nmac-address=" MAC "\nmtu=9000\n\n"
	      "[ipv4]\nmethod=manual\naddress1=192.0.2.5/26,192.0.2.1\ndns=192.0.2.53;\n\n[ipv6]\nmethod=ignore\n");
	MAKES(network_form_keyfile, tagged, path,
	      "[connection]\nid=lifeboat\ntype=vlan\ninterface-name=lifeboat12\nautoconnect=true\nautoconnect-priority=100\n\n[ethernet]\nmac-address=" MAC "\n\n"
	      "[vlan]\nid=12\nflags=1\n\n[ipv4]\nmethod=disabled\n\n[ipv6]\nmethod=manual\naddress1=2001:db8::5/64,2001:db8::1\ndns=2001:db8::53;\n");
	MAKES(network_form_keyfile, any, path,
	      "[connection]\nid=lifeboat\ntype=ethernet\nautoconnect=true\nautoconnect-priority=100\n\n[ethernet]\nmac-address=" MAC "\n\n"
	      "[ipv4]\nmethod=auto\n\n[ipv6]\nmethod=auto\n");
}

static void test_networkd(void **state)
{
	static const char path[] = "etc/systemd/network/05-lifeboat.network";

	(void)state;
	MAKES(network_form_networkd, manual, path,
	      "[Match]\nMACAddress=" MAC "\nType=ether\nKind=!*\n\n[Link]\nMTUBytes=9000\n\n[Network]\nAddress=192.0.2.5/26\nGateway=192.0.2.1\nDNS=192.0.2.53\n"
	      "DNS=2001:db8::53\n");
	MAKES(network_form_networkd, tagged, path,
	      "[Match]\nMACAddress=" MAC "\nType=ether\nKind=!*\n\n[Network]\nVLAN=lifeboat12\nLinkLocalAddressing=no\n",
	      "etc/systemd/network/05-lifeboat-vlan.netdev", "[NetDev]\nName=lifeboat12\nKind=vlan\n\n[VLAN]\nId=12\n",
	      "etc/systemd/network/05-lifeboat-vlan.network",
	      "[Match]\nName=lifeboat12\n\n[Network]\nAddress=2001:db8::5/64\nGateway=2001:db8::1\nDNS=2001:db8::53\n");
	MAKES(network_form_networkd, any, path, "[Match]\nMACAddress=" MAC "\nType=ether\nKind=!*\n\n[Network]\nDHCP=yes\nIPv6AcceptRA=yes\n");
}

static void test_netplan(void **state)
{
	static const char path[] = "etc/netplan/99-lifeboat.yaml";

	(void)state;
	MAKES(network_form_netplan, manual, path,
	      "network:\n  version: 2\n  ethernets:\n    lifeboat:\n      match:\n        macaddress: \"" MAC "\"\n      mtu: 9000\n      dhcp4: false\n"
	      "      addresses: [\"192.0.2.5/26\"]\n      routes:\n        - to: \"0.0.0.0/0\"\n          via: \"192.0.2.1\"\n"
	      "      nameservers:\n        addresses: [\"192.0.2.53\", \"2001:db8::53\"]\n");
	MAKES(network_form_netplan, tagged, path,
	      "network:\n  version: 2\n  ethernets:\n    lifeboat:\n      match:\n        macaddress: \"" MAC "\"\n      dhcp4: false\n  vlans:\n    lifeboat12:\n"
	      "      id: 12\n      link: lifeboat\n      dhcp4: false\n      addresses: [\"2001:db8::5/64\"]\n      routes:\n        - to: \"::/0\"\n"
	      "          via: \"2001:db8::1\"\n      nameservers:\n        addresses: [\"2001:db8::53\"]\n");
}

static void test_interfaces(void **state)
{
	(void)state;
	MAKES(network_form_interfaces, manual, "etc/network/interfaces",
	      "auto mac/" MAC "=lifeboat\niface lifeboat inet static\n    address 192.0.2.5/26\n    gateway 192.0.2.1\n"
	      "    pre-up ip link set dev \"$IFACE\" mtu 9000\n    dns-nameservers 192.0.2.53 2001:db8::53\n\n");
	MAKES(network_form_interfaces, dhcp_tagged, "etc/network/interfaces",
	      "auto mac/" MAC "=lifeboat\niface lifeboat inet manual\n    pre-up ip link set dev \"$IFACE\" mtu 1400\n    up ip link set dev \"$IFACE\" up\n"
	      "    up ip link add link \"$IFACE\" name lifeboat12 type vlan id 12\n    down ip link delete dev lifeboat12\n\nauto lifeboat12\n"
	      "iface lifeboat12 inet dhcp\n    pre-up ip link set dev \"$IFACE\" mtu 1400\n\n");
	MAKES(network_form_interfaces, any, "etc/network/interfaces", "auto mac/" MAC "=lifeboat\niface lifeboat inet dhcp\niface lifeboat inet6 auto\n\n");
}

static void test_ifcfg(void **state)
{
	static const char path[] = "etc/sysconfig/network-scripts/ifcfg-lifeboat";

	(void)state;
	MAKES(network_form_ifcfg, manual, path,
	      "DEVICE=lifeboat\nHWADDR=" MAC "\nTYPE=Ethernet\nONBOOT=yes\nMTU=9000\nBOOTPROTO=none\nIPADDR=192.0.2.5\nNETMASK=255.255.255.192\n"
	      "GATEWAY=192.0.2.1\nIPV6INIT=no\nIPV6_AUTOCONF=no\nDNS1=192.0.2.53\nDNS2=2001:db8::53\n");
	MAKES(network_form_ifcfg, tagged, path, "DEVICE=lifeboat\nHWADDR=" MAC "\nTYPE=Ethernet\nONBOOT=yes\nBOOTPROTO=none\n",
	      "etc/sysconfig/network-scripts/ifcfg-lifeboat.12",
	      "DEVICE=lifeboat.12\nVLAN=yes\nONBOOT=yes\nBOOTPROTO=none\nIPV6INIT=yes\nIPV6_AUTOCONF=no\nIPV6ADDR=2001:db8::5/64\n"
	      "IPV6_DEFAULTGW=2001:db8::1\nDNS1=2001:db8::53\n");
}

/* A root that uses what FILES are there for (paths, NULL-ended, each made with a text) gets PATH; NULL: nothing. */
static void keeps(struct finish_case *it, const char *settings, const char *path, mode_t mode, const char *said)
{
	json_auto_t *network = json_loads(settings, 0, NULL);
	struct finish_options options = { .root = it->directory, .plan = &it->plan, .network = network };
	struct finish_result result = { 0 };
	struct finish_job job = { .options = &options, .result = &result, .root_fd = it->fd };
	AUTO_STRV char **lines = NULL;
	struct stat st;

	assert_int_equal(network_settings_finish(&it->ctx, &job), 0);
	assert_false(job.broken);
	if (path) {
		assert_int_equal(fstatat(it->fd, path, &st, 0), 0);
		assert_int_equal(st.st_mode & 07777, mode);
		assert_true(strv_contains(job.corrected, path));
		assert_non_null(strstr(result.notes[0], MAC));
		assert_int_equal(differences_collect(&it->ctx, it->fd, job.corrected, &lines), 0);
		assert_true(strv_contains(lines, "+# Written by Lifeboat: the network settings that were typed during the restore."));
	}
	if (said)
		assert_non_null(strstr(result.reasons[0], said));
	else
		assert_null(result.reasons);
	finish_result_done(&result);
	strv_free(job.corrected);
}

static void program(struct finish_case *it, const char *path)
{
	case_write_text(it, path, "#!/bin/sh\n");
	assert_int_equal(fchmodat(it->fd, path, 0755, 0), 0);
}

static void test_what_a_root_uses(void **state)
{
	struct finish_case *it = *state;

	keeps(it, any, NULL, 0, "uses none of netplan, NetworkManager");
	program(it, "usr/sbin/ifup");
	case_write_text(it, "etc/sysconfig/network-scripts/ifcfg-eth0", "DEVICE=eth0\n");
	keeps(it, any, "etc/sysconfig/network-scripts/ifcfg-lifeboat", 0644, NULL);
	case_write_text(it, "etc/network/interfaces", "auto lo\niface lo inet loopback\n");
	keeps(it, manual, "etc/network/interfaces", 0644, "no program resolvconf");
	case_check_text(it, "etc/network/interfaces.lifeboat-original", "auto lo\niface lo inet loopback\n");
	/* Once more changes nothing. */
	keeps(it, manual, "etc/network/interfaces", 0644, "no program resolvconf");
	case_write_text(it, "etc/systemd/system/multi-user.target.wants/systemd-networkd.service", "[Unit]\n");
	keeps(it, any, "etc/systemd/network/05-lifeboat.network", 0644, NULL);
	case_write_text(it, "etc/systemd/system/multi-user.target.wants/NetworkManager.service", "[Unit]\n");
	keeps(it, any, "etc/NetworkManager/system-connections/lifeboat.nmconnection", 0600, NULL);
	case_write_text(it, "etc/netplan/50-cloud-init.yaml", "network:\n  version: 2\n");
	program(it, "usr/sbin/netplan");
	keeps(it, any, "etc/netplan/99-lifeboat.yaml", 0600, NULL);
}

static void test_what_cannot_be(void **state)
{
	struct finish_case *it = *state;

	keeps(it, "{\"keep\": true, \"interface\": \"eth0\"}", NULL, 0, "name no network card");
	case_write_text(it, "etc/systemd/system/multi-user.target.wants/systemd-networkd.service", "[Unit]\n");
	assert_int_equal(symlinkat("/nowhere", it->fd, "etc/systemd/network"), 0);
	keeps(it, any, NULL, 0, "could not be written");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keyfile), cmocka_unit_test(test_networkd), cmocka_unit_test(test_netplan), cmocka_unit_test(test_interfaces),
		cmocka_unit_test(test_ifcfg),	CASE_TEST(test_what_a_root_uses), CASE_TEST(test_what_cannot_be),
	};

	return cmocka_run_group_tests_name("network kept", tests, NULL, NULL);
}
