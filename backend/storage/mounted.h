/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mounting what was checked, and nothing else: kind and UUID are looked for on open descriptors of the devices right before,
 * and what is mounted are the devices of those descriptors, and is looked at again afterwards and before it is unmounted.
 *
 * DEVICES: all that the filesystem lies on, ended by one without a name (mount_open.h).
 */
#ifndef LIFEBOAT_STORAGE_MOUNTED_H
#define LIFEBOAT_STORAGE_MOUNTED_H

#include "../core/mount_open.h"
#include "../layout/layout.h"

/* Mounts FILESYSTEM, whose DEVICES are open (as -1 in a dry run: nothing is compared), at TARGET. 0, or -errno with a sentence;
 * then nothing is mounted. -ESTALE: a device holds another filesystem, or another one was mounted, and was unmounted again.
 * RET_TOP: NULL, or gets the top directory, open from the first moment on (-1 in a dry run: as it was): the kernel tells an error of writing back
 * once to each open descriptor, so this one hears of all of them, whoever else heard before. It keeps the filesystem mounted until it is closed. */
MUST_CHECK int mounted_mount(struct context *ctx, const struct mount_device *devices, const struct node *filesystem, const char *target,
			     unsigned long flags, const char *data, int *ret_top);
/* Whether TARGET is the root of a mount of DEVICES: 1, 0, or -errno when it cannot be known. KIND as blkid names it. */
int mounted_is(struct context *ctx, const struct mount_device *devices, const char *kind, const char *target);
/* Writes back what is left of the filesystem whose top directory is open as TOP (-1: nothing). 0; -errno with a sentence, for what could not be
 * written back since it was mounted or this was last called, too. */
MUST_CHECK int mounted_sync(struct context *ctx, int top, const struct node *filesystem, const char *target);
/* The same; then closes TOP, unmounts, and syncs the devices. 0 or -errno with a sentence. -ESTALE, and nothing is unmounted, when TARGET shows
 * something else than DEVICES; what cannot be looked at is unmounted, and an error. */
MUST_CHECK int mounted_unmount(struct context *ctx, const struct mount_device *devices, int top, const struct node *filesystem, const char *target);

#endif
