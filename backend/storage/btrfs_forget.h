/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernel remembers where it saw a btrfs; a later mount must not look for it at a device that is gone.
 */
#ifndef LIFEBOAT_STORAGE_BTRFS_FORGET_H
#define LIFEBOAT_STORAGE_BTRFS_FORGET_H

/* Has the kernel forget DEVICE, which is mounted no more. Does nothing where it does not know it. */
void btrfs_forget(const char *device);
/* Has it forget every btrfs that is not mounted, as an empty name does (btrfs_control_ioctl() in the kernel's fs/btrfs/super.c): a device that is
 * gone cannot be named. Whoever mounts one on several devices names them all, or has them scanned again. */
void btrfs_forget_unmounted(void);

#endif
