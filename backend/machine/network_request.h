/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words of ip=: the kernel's nfsroot syntax (Documentation/admin-guide/nfs/nfsroot.rst) and what dracut.cmdline(7) adds to it:
 * DEVICE:METHOD, IPv6 addresses in brackets, the length of a prefix for a netmask, the method auto6.
 */
#ifndef LIFEBOAT_MACHINE_NETWORK_REQUEST_H
#define LIFEBOAT_MACHINE_NETWORK_REQUEST_H

#include "../core/bytes.h"

/* One ip= argument: client:server:gateway:netmask:host:device:method:nameserver:nameserver. Owned texts; NULL: not given. */
struct network_request {
	char *client, *server, *gateway, *host, *device;
	unsigned prefix;         /* with client: bits of its network */
	char **servers;          /* of names, NULL-ended or NULL */
	bool off;                /* "off" or "none": leave the network alone */
	bool dhcp;               /* ask a server for an IPv4 address */
	bool auto6;              /* take the IPv6 address that routers announce */
};

/* 0, -EINVAL for what is no such argument, or -ENOMEM. */
int network_parse(const char *text, struct network_request *ret);
void network_request_done(struct network_request *request);

/* ADDRESS is one of IPv6; it is none of IPv4. */
bool network_is_ipv6(const char *address);

#endif
