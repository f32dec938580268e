/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernel remembers where it saw a btrfs; a later mount must not look for it at a loop device that is gone.
 */
#ifndef LIFEBOAT_STORAGE_BTRFS_FORGET_H
#define LIFEBOAT_STORAGE_BTRFS_FORGET_H

/* Has the kernel forget DEVICE, which is mounted no more. Does nothing where it does not know it. */
void btrfs_forget(const char *device);

#endif
