/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private copies of single mounts: what is mounted below is not in them, and nobody else sees them. */
#ifndef LIFEBOAT_STORAGE_MOUNT_COPY_H
#define LIFEBOAT_STORAGE_MOUNT_COPY_H

/* The directory FD (O_PATH will do), which absolute PATH leads to, in a copy of its mount. An O_PATH descriptor, the caller's; the copy ends with
 * it. -errno: -EPERM without the right to mount, -EINVAL for a mount that forbids to be copied (unbindable). */
int mount_copy(int fd, const char *path);

#endif
