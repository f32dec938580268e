/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a disk is, from /sys alone: no udev runs on rescue media. SCSI identities come from the vital product data pages 0x80 and
 * 0x83 (SPC-4, 7.8) that the kernel keeps as attributes; ATA disks appear through the SCSI/ATA translation (SAT-3, 10.3.4).
 */
#ifndef LIFEBOAT_PROBE_PROBE_DISK_H
#define LIFEBOAT_PROBE_PROBE_DISK_H

#include "../core/context.h"
#include "../layout/layout.h"

/* Fills size, name, identity and sector sizes of DISK from what /sys says of NAME. 0, -ENODEV or -ENOMEM. */
int probe_disk_identity(struct context *ctx, const char *name, struct node *disk);

#endif
