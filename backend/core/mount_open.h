/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mounts the block devices behind open descriptors, whatever their names in /dev have come to mean. mount(2) takes names only, and the
 * table of mounts must show the usual one, for grub-probe and others read it: so the names are looked up in an empty root of its own
 * that holds these device nodes and nothing else (fsopen(2) and its siblings, Linux 5.2).
 */
#ifndef LIFEBOAT_CORE_MOUNT_OPEN_H
#define LIFEBOAT_CORE_MOUNT_OPEN_H

#include "macro.h"

/* A device of a filesystem, and the absolute name that is shown for it; both borrowed. */
struct mount_device {
	int fd;
	const char *name;
};

/* DEVICES: of the filesystem, all of them, ended by one without a name; the further ones are given to the kernel as options "device=". FLAGS:
 * MS_RDONLY, MS_NOATIME, MS_NOSUID, MS_NODEV and MS_NOEXEC. DATA: options with
 * commas, or NULL. 0 or -errno; -ENOSYS: it cannot be done so here (an old kernel, a container), and mount(2) is left. */
MUST_CHECK int mount_open(const struct mount_device *devices, const char *target, const char *type, unsigned long flags, const char *data);

/* Gives the options of DATA, with commas between them, NULL for none, to a filesystem context of fsopen(2). 0 or -errno. */
MUST_CHECK int mount_set_options(int context, const char *data);

#endif
