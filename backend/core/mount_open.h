/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mounts the block device behind an open descriptor, whatever its name in /dev has come to mean. mount(2) takes names only, and the
 * table of mounts must show the usual one, for grub-probe and others read it: so the name is looked up in an empty root of its own
 * that holds this one device node (fsopen(2) and its siblings, Linux 5.2).
 */
#ifndef LIFEBOAT_CORE_MOUNT_OPEN_H
#define LIFEBOAT_CORE_MOUNT_OPEN_H

#include "macro.h"

/* SOURCE is the absolute name that is shown. FLAGS: MS_RDONLY, MS_NOATIME, MS_NOSUID, MS_NODEV and MS_NOEXEC. DATA: options with
 * commas, or NULL. 0 or -errno; -ENOSYS: it cannot be done so here (an old kernel, a container), and mount(2) is left. */
MUST_CHECK int mount_open(int fd, const char *source, const char *target, const char *type, unsigned long flags, const char *data);

/* Gives the options of DATA, with commas between them, NULL for none, to a filesystem context of fsopen(2). 0 or -errno. */
MUST_CHECK int mount_set_options(int context, const char *data);

#endif
