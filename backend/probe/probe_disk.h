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
/* Takes the name that device mapper gives what has DIRECTORY in /sys as NODE's property "opened_as"; nothing for other devices. 0 or -errno. */
int probe_take_mapped_name(struct context *ctx, const char *directory, struct node *node);
/* False for a disk of several paths none of which works: a program that reads it may wait for ever. */
bool probe_disk_answers(struct context *ctx, const char *name);

#endif
