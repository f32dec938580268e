/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rescue sticks: a removable disk that starts on BIOS and UEFI by itself, and keeps what it does not need for that as a filesystem for recovery sets.
 *
 *   1  "lifeboat-bios"  BIOS boot partition, 1 MiB: GRUB's core, which the MBR loads
 *   2  "lifeboat-boot"  EFI system partition, FAT32: loaders, menu, kernel, boot archive, tools image
 *   3  "lifeboat-sets"  ext4: sets, each in a directory at its top
 */
#ifndef LIFEBOAT_STICK_STICK_H
#define LIFEBOAT_STICK_STICK_H

#include "../image/image.h"

struct stick_options {
	const struct image_options *image; /* OUTPUT: the device ("/dev/sdb"); SET: a set to put on it, as set_open() takes it, no stream */
	const char *serial;      /* the second name of the disk, as disk_is_called() takes it; NULL: then nothing is written */
	bool update;             /* what it starts is renewed, and its sets stay; false: all of the stick is recreated */
};

/* Makes the stick, or renews it. 0, or -errno with a sentence; before the first write nothing was changed, and an interrupted work leaves a stick
 * that does not start, with all sets that were complete on it. */
int stick_make(struct context *ctx, const struct stick_options *options);

#endif
