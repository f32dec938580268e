/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The restored tree as a place where its own programs can run: /dev, /proc, /sys, /run and, on UEFI, the firmware's
 * variables are mounted below its root, and /dev/disk holds links to the restored filesystems only, by uuid, label,
 * partuuid and partlabel. The rescue system has no udev to make them, and grub-mkconfig writes bare device names where
 * /dev/disk/by-uuid lacks the root filesystem.
 */
#ifndef LIFEBOAT_FINISH_CHROOT_H
#define LIFEBOAT_FINISH_CHROOT_H

#include "../core/macro.h"
#include "../plan/plan.h"

struct chroot {
	const char *root;        /* borrowed */
	char **mounted;          /* absolute paths, in the order they were mounted; owned */
	bool firmware_variables; /* efivarfs is there: boot entries can be written */
};

/* Mounts. FIRMWARE "uefi" asks for efivarfs too; a kernel without it is no error. 0, or -errno with a sentence; then
 * nothing is left mounted. */
MUST_CHECK int chroot_enter(struct context *ctx, const char *root, const char *firmware, const struct plan *plan,
		 struct chroot *chroot);
/* Ends the processes that were left running inside, each said by name, and unmounts in reverse order, also after cancel; what is busy all the
 * same is detached. 0 or -errno with a sentence. */
int chroot_leave(struct context *ctx, struct chroot *chroot);
/* Makes the links below DIRECTORY (an open directory that stands for /dev/disk). 0 or -errno. */
MUST_CHECK int chroot_make_links(int directory_fd, const struct plan *plan);

#endif
