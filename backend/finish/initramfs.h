/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The initramfs of every installed kernel, kept where it serves here (initramfs_keep.h), else rebuilt for the hardware that is here by the
 * system's own tool: update-initramfs (initramfs-tools), dracut or mkinitcpio. What came out is looked at: it must be there, be readable to
 * its end (initramfs_list.h), and carry the drivers of the disk the root filesystem lies on.
 */
#ifndef LIFEBOAT_FINISH_INITRAMFS_H
#define LIFEBOAT_FINISH_INITRAMFS_H

#include "../core/macro.h"
#include "job.h"

/* Makes those that have to be made; the tree is entered (chroot.h). */
MUST_CHECK int initramfs_finish(struct context *ctx, struct finish_job *job);
/* The last look: each is there, whole, and has the drivers. The tree is entered. */
MUST_CHECK int initramfs_verify(struct context *ctx, struct finish_job *job);

/* The initramfs that belongs to kernel release RELEASE ("boot/initrd.img-6.1.0-1"), path without leading '/' in a
 * new string; NULL when there is none. */
char *initramfs_path(int root_fd, const char *release);

#endif
