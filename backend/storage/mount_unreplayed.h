/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a filesystem is mounted read-only without replaying its journal: not a byte of it changes.
 */
#ifndef LIFEBOAT_STORAGE_MOUNT_UNREPLAYED_H
#define LIFEBOAT_STORAGE_MOUNT_UNREPLAYED_H

/* What the kernel calls a filesystem that libblkid calls KIND. Static, or KIND itself. */
const char *mount_kernel_type(const char *kind);
/* Options that keep a read-only mount of KIND from replaying its journal: ext4(5), xfs(5), btrfs(5). Static; NULL: none needed. */
const char *mount_unreplayed_options(const char *kind);

#endif
