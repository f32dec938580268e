/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "network_forms.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define HEAD "# Written by Lifeboat: the network settings that were typed during the restore.\n"
/* So is the VLAN called; "vlan" and a number would be taken for a name with rules of its own. */
#define VLAN "lifeboat%u"

/* ---- what is said ---- */

static const struct network_request *request_of(const struct network_kept *kept)
{
	return kept->config.requests;
}

static bool is_static(const struct network_request *request, bool ipv6)
{
	return request->client && network_is_ipv6(request->client) == ipv6;
}

/* The name servers of one family, or of both (FAMILY 0), BETWEEN between them. */
static void print_servers(FILE *file, const struct network_kept *kept, int family, const char *between)
{
	bool first = true;

	for (char *const *server = kept->config.servers; server && *server; server++) {
		if (family && network_is_ipv6(*server) != (family == AF_INET6))
			continue;
		fprintf(file, "%s%s", first ? "" : between, *server);
		first = false;
	}
}

static bool has_servers(const struct network_kept *kept, int family)
{
	for (char *const *server = kept->config.servers; server && *server; server++)
		if (!family || network_is_ipv6(*server) == (family == AF_INET6))
			return true;
	return false;
}

/* ---- files ---- */

static int add(struct network_files *files, char *path, char *text, bool secret, bool before)
{
	struct network_file *file = files->files + files->count;

	*file = (struct network_file){ .path = path, .text = text, .secret = secret, .before = before };
	files->count++;
	return path && text ? 0 : -ENOMEM;
}

void network_files_done(struct network_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		free(files->files[i].path);
		free(files->files[i].text);
	}
	*files = (struct network_files){ 0 };
}

/* The text that PRINT makes of KEPT; NULL: out of memory. */
static char *text_of(void (*print)(FILE *file, const struct network_kept *kept), const struct network_kept *kept)
{
	char *text = NULL;
	size_t length;
	FILE *file = open_memstream(&text, &length);
	bool bad;

	if (!file)
		return NULL;
	fputs(HEAD, file);
	print(file, kept);
	bad = ferror(file);
	if (fclose(file) == 0 && !bad)
		return text;
	free(text);
	return NULL;
}

/* ---- NetworkManager ---- */

static void keyfile_family(FILE *file, const struct network_kept *kept, bool ipv6)
{
	const struct network_request *request = request_of(kept);
	int family = ipv6 ? AF_INET6 : AF_INET;

	fprintf(file, "\n[%s]\n", ipv6 ? "ipv6" : "ipv4");
	if (is_static(request, ipv6)) {
		fprintf(file, "method=manual\naddress1=%s/%u%s%s\n", request->client, request->prefix, request->gateway ? "," : "",
			request->gateway ? request->gateway : "");
	} else if (ipv6 ? request->ipv6 : request->dhcp) {
		fputs("method=auto\n", file);
	} else {
		/* It takes name servers only where it sets addresses. */
		fputs(ipv6 ? "method=ignore\n" : "method=disabled\n", file);
		return;
	}
	if (has_servers(kept, family)) {
		fputs("dns=", file);
		print_servers(file, kept, family, ";");
		fputs(";\n", file);
	}
}

static void print_keyfile(FILE *file, const struct network_kept *kept)
{
	const struct network_request *request = request_of(kept);

	fputs("[connection]\nid=lifeboat\n", file);
	if (kept->vlan)
		fprintf(file, "type=vlan\ninterface-name=" VLAN "\n", kept->vlan);
	else
		fputs("type=ethernet\n", file);
	/* Before the connections that were captured. */
	fputs("autoconnect=true\nautoconnect-priority=100\n\n[ethernet]\n", file);
	/* A VLAN is on the card with this address. */
	fprintf(file, "mac-address=%s\n", kept->mac);
	if (request->mtu)
		fprintf(file, "mtu=%u\n", request->mtu);
	if (kept->vlan)
		fprintf(file, "\n[vlan]\nid=%u\nflags=1\n", kept->vlan);
	keyfile_family(file, kept, false);
	keyfile_family(file, kept, true);
}

int network_form_keyfile(const struct network_kept *kept, struct network_files *ret)
{
	return add(ret, strdup("etc/NetworkManager/system-connections/lifeboat.nmconnection"), text_of(print_keyfile, kept), true, false);
}

/* ---- systemd-networkd ---- */

static void networkd_addresses(FILE *file, const struct network_kept *kept)
{
	const struct network_request *request = request_of(kept);

	fputs("\n[Network]\n", file);
	if (request->client)
		fprintf(file, "Address=%s/%u\n", request->client, request->prefix);
	else
		fprintf(file, "DHCP=%s\n", request->dhcp ? request->ipv6 ? "yes" : "ipv4" : "no");
	if (request->ipv6)
		fputs("IPv6AcceptRA=yes\n", file);
	if (request->gateway)
		fprintf(file, "Gateway=%s\n", request->gateway);
	for (char *const *server = kept->config.servers; server && *server; server++)
		fprintf(file, "DNS=%s\n", *server);
}

static void print_card(FILE *file, const struct network_kept *kept)
{
	/* A VLAN has the address of its card, and no type. */
	fprintf(file, "[Match]\nMACAddress=%s\nType=ether\nKind=!*\n", kept->mac);
	if (request_of(kept)->mtu)
		fprintf(file, "\n[Link]\nMTUBytes=%u\n", request_of(kept)->mtu);
	if (kept->vlan)
		fprintf(file, "\n[Network]\nVLAN=" VLAN "\nLinkLocalAddressing=no\n", kept->vlan);
	else
		networkd_addresses(file, kept);
}

static void print_netdev(FILE *file, const struct network_kept *kept)
{
	fprintf(file, "[NetDev]\nName=" VLAN "\nKind=vlan\n", kept->vlan);
	if (request_of(kept)->mtu)
		fprintf(file, "MTUBytes=%u\n", request_of(kept)->mtu);
	fprintf(file, "\n[VLAN]\nId=%u\n", kept->vlan);
}

static void print_vlan_network(FILE *file, const struct network_kept *kept)
{
	fprintf(file, "[Match]\nName=" VLAN "\n", kept->vlan);
	networkd_addresses(file, kept);
}

int network_form_networkd(const struct network_kept *kept, struct network_files *ret)
{
	int r = add(ret, strdup("etc/systemd/network/05-lifeboat.network"), text_of(print_card, kept), false, false);

	if (r == 0 && kept->vlan)
		r = add(ret, strdup("etc/systemd/network/05-lifeboat-vlan.netdev"), text_of(print_netdev, kept), false, false);
	if (r == 0 && kept->vlan)
		r = add(ret, strdup("etc/systemd/network/05-lifeboat-vlan.network"), text_of(print_vlan_network, kept), false, false);
	return r;
}

/* ---- netplan ---- */

static void netplan_addresses(FILE *file, const struct network_kept *kept)
{
	const struct network_request *request = request_of(kept);

	/* A manual address stands for itself: what the family would get otherwise is off. */
	fprintf(file, "      dhcp4: %s\n", request->dhcp ? "true" : "false");
	if (request->ipv6)
		fputs("      dhcp6: true\n      accept-ra: true\n", file);
	if (request->client)
		fprintf(file, "      addresses: [\"%s/%u\"]\n", request->client, request->prefix);
	if (request->gateway)
		fprintf(file, "      routes:\n        - to: \"%s\"\n          via: \"%s\"\n", network_is_ipv6(request->gateway) ? "::/0" : "0.0.0.0/0",
			request->gateway);
	if (has_servers(kept, 0)) {
		fputs("      nameservers:\n        addresses: [\"", file);
		print_servers(file, kept, 0, "\", \"");
		fputs("\"]\n", file);
	}
}

static void print_netplan(FILE *file, const struct network_kept *kept)
{
	unsigned mtu = request_of(kept)->mtu;

	fprintf(file, "network:\n  version: 2\n  ethernets:\n    lifeboat:\n      match:\n        macaddress: \"%s\"\n", kept->mac);
	if (mtu)
		fprintf(file, "      mtu: %u\n", mtu);
	if (kept->vlan) {
		fprintf(file, "      dhcp4: false\n  vlans:\n    " VLAN ":\n      id: %u\n      link: lifeboat\n", kept->vlan, kept->vlan);
		if (mtu)
			fprintf(file, "      mtu: %u\n", mtu);
	}
	netplan_addresses(file, kept);
}

int network_form_netplan(const struct network_kept *kept, struct network_files *ret)
{
	return add(ret, strdup("etc/netplan/99-lifeboat.yaml"), text_of(print_netplan, kept), true, false);
}

/* ---- ifupdown ---- */

static void interfaces_options(FILE *file, const struct network_kept *kept, bool servers)
{
	const struct network_request *request = request_of(kept);

	if (request->mtu)
		fprintf(file, "    pre-up ip link set dev \"$IFACE\" mtu %u\n", request->mtu);
	if (servers && has_servers(kept, 0)) {
		fputs("    dns-nameservers ", file);
		print_servers(file, kept, 0, " ");
		fputc('\n', file);
	}
}

static void interfaces_addresses(FILE *file, const struct network_kept *kept, const char *name)
{
	const struct network_request *request = request_of(kept);

	if (request->client) {
		fprintf(file, "iface %s %s static\n    address %s/%u\n", name, network_is_ipv6(request->client) ? "inet6" : "inet", request->client,
			request->prefix);
		if (request->gateway)
			fprintf(file, "    gateway %s\n", request->gateway);
		interfaces_options(file, kept, true);
		return;
	}
	if (request->dhcp) {
		fprintf(file, "iface %s inet dhcp\n", name);
		interfaces_options(file, kept, true);
	}
	if (request->ipv6) {
		fprintf(file, "iface %s inet6 auto\n", name);
		interfaces_options(file, kept, !request->dhcp);
	}
}

static void print_interfaces(FILE *file, const struct network_kept *kept)
{
	AUTO_FREE char *name = kept->vlan ? text_format(VLAN, kept->vlan) : strdup("lifeboat");

	fprintf(file, "auto mac/%s=lifeboat\n", kept->mac);
	if (kept->vlan) {
		fputs("iface lifeboat inet manual\n", file);
		if (request_of(kept)->mtu)
			fprintf(file, "    pre-up ip link set dev \"$IFACE\" mtu %u\n", request_of(kept)->mtu);
		fprintf(file, "    up ip link set dev \"$IFACE\" up\n    up ip link add link \"$IFACE\" name " VLAN " type vlan id %u\n"
			"    down ip link delete dev " VLAN "\n\nauto " VLAN "\n", kept->vlan, kept->vlan, kept->vlan, kept->vlan);
	}
	interfaces_addresses(file, kept, name ? name : "lifeboat");
	fputc('\n', file);
}

int network_form_interfaces(const struct network_kept *kept, struct network_files *ret)
{
	/* Before what brings up the same card by its name. */
	return add(ret, strdup("etc/network/interfaces"), text_of(print_interfaces, kept), false, true);
}

/* ---- ifcfg ---- */

static unsigned mask_of(unsigned prefix, unsigned byte)
{
	unsigned bits = prefix > byte * 8 ? prefix - byte * 8 : 0;

	return bits >= 8 ? 255 : 255u & (0xff00u >> bits);
}

static void ifcfg_addresses(FILE *file, const struct network_kept *kept)
{
	const struct network_request *request = request_of(kept);
	unsigned number = 1;

	fprintf(file, "BOOTPROTO=%s\n", request->dhcp ? "dhcp" : "none");
	if (is_static(request, false)) {
		fprintf(file, "IPADDR=%s\nNETMASK=%u.%u.%u.%u\n", request->client, mask_of(request->prefix, 0), mask_of(request->prefix, 1),
			mask_of(request->prefix, 2), mask_of(request->prefix, 3));
		if (request->gateway)
			fprintf(file, "GATEWAY=%s\n", request->gateway);
	}
	fprintf(file, "IPV6INIT=%s\nIPV6_AUTOCONF=%s\n", request->ipv6 || is_static(request, true) ? "yes" : "no", request->ipv6 ? "yes" : "no");
	if (is_static(request, true)) {
		fprintf(file, "IPV6ADDR=%s/%u\n", request->client, request->prefix);
		if (request->gateway)
			fprintf(file, "IPV6_DEFAULTGW=%s\n", request->gateway);
	}
	for (char *const *server = kept->config.servers; server && *server; server++)
		fprintf(file, "DNS%u=%s\n", number++, *server);
}

static void print_ifcfg(FILE *file, const struct network_kept *kept)
{
	/* The scripts give the card that has the address this name. */
	fprintf(file, "DEVICE=lifeboat\nHWADDR=%s\nTYPE=Ethernet\nONBOOT=yes\n", kept->mac);
	if (request_of(kept)->mtu)
		fprintf(file, "MTU=%u\n", request_of(kept)->mtu);
	if (kept->vlan)
		fputs("BOOTPROTO=none\n", file);
	else
		ifcfg_addresses(file, kept);
}

static void print_ifcfg_vlan(FILE *file, const struct network_kept *kept)
{
	fprintf(file, "DEVICE=lifeboat.%u\nVLAN=yes\nONBOOT=yes\n", kept->vlan);
	if (request_of(kept)->mtu)
		fprintf(file, "MTU=%u\n", request_of(kept)->mtu);
	ifcfg_addresses(file, kept);
}

int network_form_ifcfg(const struct network_kept *kept, struct network_files *ret)
{
	int r = add(ret, strdup("etc/sysconfig/network-scripts/ifcfg-lifeboat"), text_of(print_ifcfg, kept), false, false);

	if (r == 0 && kept->vlan)
		r = add(ret, text_format("etc/sysconfig/network-scripts/ifcfg-lifeboat.%u", kept->vlan), text_of(print_ifcfg_vlan, kept), false, false);
	return r;
}
