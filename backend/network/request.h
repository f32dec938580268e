/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words of ip=: the kernel's nfsroot syntax (Documentation/admin-guide/nfs/nfsroot.rst) and what dracut.cmdline(7) adds to it:
 * DEVICE:METHOD, IPv6 addresses in brackets, the length of a prefix for a netmask, MTU and MAC address behind the method.
 */
#ifndef LIFEBOAT_NETWORK_REQUEST_H
#define LIFEBOAT_NETWORK_REQUEST_H

#include "../core/bytes.h"

/* One ip= argument. Owned texts; NULL: not given. */
struct network_request {
	char *client, *server, *gateway, *host;
	char *device;            /* the interface by its name, */
	char *mac;               /* or by its MAC address, as network_mac_parse() writes it; both NULL: any */
	unsigned prefix;         /* with client: bits of its network */
	char **servers;          /* of names, NULL-ended or NULL */
	unsigned mtu;            /* 0: as it is */
	char *own_mac;           /* the MAC address that the interface gets */
	bool off;                /* "off" or "none": leave the network alone */
	bool dhcp;               /* ask a server for an IPv4 address */
	bool ipv6;               /* take the IPv6 address that routers announce, or that of a DHCPv6 server where they say so; with DHCP: where
				  * no server gives an IPv4 address */
	bool dhcp6;              /* with IPV6: ask a DHCPv6 server, whatever routers say */
	bool link6;              /* with IPV6: the address of the link is enough */
};

/* 0, -EINVAL for what is no such argument, or -ENOMEM. */
int network_parse(const char *text, struct network_request *ret);
void network_request_done(struct network_request *request);

#define NETWORK_MAC_SIZE sizeof("aa:bb:cc:dd:ee:ff")
/* "aa-bb-cc-dd-ee-ff", with colons, or without either; false (RET untouched) for anything else. */
bool network_mac_parse(const char *text, char ret[NETWORK_MAC_SIZE]);
/* ADDRESS is one of IPv6; it is none of IPv4. */
bool network_is_ipv6(const char *address);
/* ADDRESS is one of either. */
bool network_is_address(const char *address);
/* NAME can be one of an interface. */
bool network_is_name(const char *name);
/* The length of a prefix, or a mask of IPv4, for the address CLIENT. 0 or -EINVAL. */
int network_prefix_parse(const char *text, const char *client, unsigned *ret);

#endif
