/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an interface got: an address, and what a server or router told with it. And DHCPv4, by busybox's udhcpc. */
#ifndef LIFEBOAT_NETWORK_LEASE_H
#define LIFEBOAT_NETWORK_LEASE_H

#include <sys/types.h>

#include "../core/bytes.h"
#include "../core/context.h"

/* Files of leases, and of the processes that renew them. */
#define LEASE_DIRECTORY "/run/lifeboat"

struct network_lease {
	char *address;           /* without its prefix; NULL: none */
	char *gateway;           /* of the default route; NULL: none */
	char **servers;          /* of names, NULL-ended or NULL */
	char *search;            /* domains that names are looked for in; NULL: none */
};
void network_lease_done(struct network_lease *lease);
#define AUTO_LEASE CLEANUP(network_lease_done)

/* udhcpc's script: puts into effect what it learnt. With LIFEBOAT_LEASE in the environment it leaves default route and name servers alone, and
 * writes them to the file of that name, "WORD VALUE..." a line. */
#define NETWORK_DHCP_SCRIPT "/etc/udhcpc/default.script"
extern const char network_dhcp_script[];

/* Asks for an address on INTERFACE, which has it afterwards; udhcpc stays and renews it: a lease that was lost, and a new address, are told in the
 * kernel's log. *RET is cleared by the caller. 0, or -ENETUNREACH with a sentence: no server gave
 * one; or another -errno with one. */
int network_dhcp(struct context *ctx, const char *interface, struct network_lease *ret);
/* Nobody renews a lease of INTERFACE from now on; its address stays. */
void network_dhcp_end(const char *interface);
/* Number of the process PROGRAM that renews a lease and wrote the file PID_PATH; 0: none does. */
pid_t network_renewer(const char *pid_path, const char *program);
/* Reads what the script wrote. 0, or -EINVAL: it is not that. */
int network_lease_parse(const char *text, struct network_lease *ret);

#endif
