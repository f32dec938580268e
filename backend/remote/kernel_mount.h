/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A directory of an NFS or SMB server, by the kernel's own client, mounted nowhere: it has no name on this machine, and goes with the last open
 * descriptor in it (fsopen(2), Linux 5.11 for both).
 */
#ifndef LIFEBOAT_REMOTE_KERNEL_MOUNT_H
#define LIFEBOAT_REMOTE_KERNEL_MOUNT_H

#include "../core/context.h"
#include "../core/location.h"

/* Opens the directory that LOCATION names, of the scheme nfs or smb, for reading. The words of its query are options of the kernel's client (nfs(5),
 * mount.cifs(8)). NFS is asked in the versions 4.2, 4.1, 4.0 and 3, unless "vers" is among them. The user name and the password of SMB are the
 * address's, or those of the file smb of the access directory (access.h). With RET_FILE, LOCATION may name a file: then the directory that it is in
 * is opened, and *RET_FILE is its name there, new; else NULL. Whether a file of that name is there is for the caller to see. Descriptor, or -errno
 * with a sentence. */
MUST_CHECK int kernel_mount_open(struct context *ctx, const struct location *location, char **ret_file);
/* The same for writing; of directories that are not there yet, the nearest above them. *RET_REST: the missing ones, a path from there, or "."; new. */
MUST_CHECK int kernel_mount_open_to_write(struct context *ctx, const struct location *location, char **ret_rest);

#endif
