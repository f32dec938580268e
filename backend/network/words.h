/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vlan=, bond=, ifname= and rd.route= as dracut.cmdline(7) has them. Each gives 0, -EINVAL for what is no such word, or -ENOMEM; *RET is cleared
 * by the caller, and is for network_config_done() in any case. */
#ifndef LIFEBOAT_NETWORK_WORDS_H
#define LIFEBOAT_NETWORK_WORDS_H

#include "config.h"

/* NAME:PARENT; the number is at the end of NAME: "vlan5", "vlan0005", "eth0.5", "eth0.0005". */
int network_vlan_parse(const char *text, struct network_virtual *ret);
/* NAME[:PART,...[:OPTION=VALUE,...[:MTU]]]; without parts eth0 and eth1, without options mode=balance-rr. */
int network_bond_parse(const char *text, struct network_virtual *ret);
/* NAME:MAC */
int network_rename_parse(const char *text, struct network_rename *ret);
/* NET/MASK:GATEWAY[:DEVICE], with "::DEVICE" where there is no gateway; IPv6 in brackets. */
int network_route_parse(const char *text, struct network_route *ret);

#endif
