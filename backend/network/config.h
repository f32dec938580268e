/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the network is wanted: from the words of the kernel command line, as dracut.cmdline(7) has them, or from what a person set. */
#ifndef LIFEBOAT_NETWORK_CONFIG_H
#define LIFEBOAT_NETWORK_CONFIG_H

#include <jansson.h>

#include "../core/context.h"
#include "request.h"

/* ifname=NAME:MAC */
struct network_rename {
	char *name;
	char mac[NETWORK_MAC_SIZE];
};

/* vlan=NAME:PARENT, bond=NAME[:PART,...[:OPTION=VALUE,...[:MTU]]] */
struct network_virtual {
	char *name;
	char *parent;            /* of a VLAN; NULL: this is a bond */
	unsigned vlan;           /* 1 to 4094 */
	char **parts;            /* of a bond; NULL-ended */
	char **options;          /* of a bond: name, value, name, value; NULL-ended or NULL */
	unsigned mtu;            /* 0: as it is */
};

/* rd.route=NET[/MASK]:GATEWAY[:DEVICE] */
struct network_route {
	char *net;               /* with the length of its prefix, or "default" */
	char *gateway, *device;  /* NULL: not given; not both */
};

struct network_config {
	struct network_request *requests;
	size_t request_count;
	struct network_rename *renames;
	size_t rename_count;
	struct network_virtual *virtuals;
	size_t virtual_count;
	struct network_route *routes;
	size_t route_count;
	char **servers;          /* of names; before those that others tell of */
	char *bootif;            /* MAC address of the interface that was booted from; NULL: not known */
	bool by_hand;            /* a person set it: what the interface had before goes */
};

/* The words of the command line, without what stands before '='; each a NULL-ended list, or NULL. */
struct network_words {
	char *const *ip, *const *vlan, *const *bond, *const *ifname, *const *nameserver, *const *route;
	const char *bootif;
};

/* *RET is cleared by the caller. 0, or -errno with a sentence that names the word. */
MUST_CHECK int network_config_read(struct context *ctx, const struct network_words *words, struct network_config *ret);
/* Of SETTINGS, the answer of the question "network" (docs/engine-protocol.md). */
MUST_CHECK int network_config_of(struct context *ctx, json_t *settings, struct network_config *ret);
/* Any interface, by whatever it is given: what is tried for a set on a server when nothing was said. */
MUST_CHECK int network_config_any(struct context *ctx, struct network_config *ret);
void network_config_done(struct network_config *config);
#define AUTO_CONFIG CLEANUP(network_config_done)

#endif
