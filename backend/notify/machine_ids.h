/* SPDX-License-Identifier: GPL-3.0-or-later */
/* By what a machine is known to a receiver: its addresses and ids, as the kernel tells them. New strings; NULL: not known.
 */
#ifndef LIFEBOAT_NOTIFY_MACHINE_IDS_H
#define LIFEBOAT_NOTIFY_MACHINE_IDS_H

#include "../core/context.h"

/* The SMBIOS UUID, in lower case. */
char *machine_uuid(const struct context *ctx);
/* The MAC address of the first network interface that is up, else of the first. */
char *machine_mac(const struct context *ctx);
/* The kernel's id of this run of the machine; the same for every engine that is started in it. */
char *machine_boot_id(const struct context *ctx);

#endif
