/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looks into a filesystem without changing a byte of it - unless it is opened to be written to - and without anybody seeing the mount: a mount
 * that is attached nowhere (fsmount(2)), through a read-only loop device where the filesystem is not in use, and else through its own superblock.
 */
#ifndef LIFEBOAT_STORAGE_DETACHED_MOUNT_H
#define LIFEBOAT_STORAGE_DETACHED_MOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "loop_device.h"

struct detached_mount {
	int mount_fd;            /* holds the mount; -1: there is none */
	int top;                 /* its top directory, open for reading */
	struct loop_device loop; /* in between; LOOP_DEVICE_NONE: none */
	bool shared;             /* in use by others meanwhile: what is read may change */
	bool unreplayed;         /* it was not unmounted cleanly; what its journal holds is not seen */
};

#define DETACHED_MOUNT_NONE ((struct detached_mount){ .mount_fd = -1, .top = -1, .loop = LOOP_DEVICE_NONE })

/* Mounts the filesystem of KIND (libblkid's name) on DEVICE; of a btrfs its top. 0, or -errno:
 * -ENODEV when the running kernel has no such filesystem, -EPERM without root's rights. Says nothing in a context. */
int detached_mount_open(const char *device, const char *kind, struct detached_mount *ret);
/* The same of the ext4 in the SIZE bytes from START on of the disk open as DEVICE, held alone or not: whoever holds a disk alone cannot mount its
 * partitions. WRITABLE: to be written to, and then the journal is replayed first. */
int detached_mount_open_part(int device, uint64_t start, uint64_t size, bool writable, struct detached_mount *ret);
/* What was written is on the disk: 0 or -errno. */
int detached_mount_sync(const struct detached_mount *mount);
void detached_mount_close(struct detached_mount *mount);

/* Whether the running kernel has a filesystem of KIND, be it as a module that it loads by itself. True where it cannot be asked. */
bool detached_mount_knows(const char *kind);
/* The options with which it does so, that a restore needs too: how owners, modes and names show where the disk keeps none. NULL: none. */
const char *detached_mount_options(const char *kind);

#endif
