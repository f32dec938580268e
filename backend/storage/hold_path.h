/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of open devices for programs. */
#ifndef LIFEBOAT_STORAGE_HOLD_PATH_H
#define LIFEBOAT_STORAGE_HOLD_PATH_H

#include "../core/context.h"

/* A path for programs that leads to the device open as FD whatever the names in /dev come to mean: DEVICE below a new directory,
 * a link to /proc/self/fd/FD. The program inherits FD (run.h). Said back in its messages it still shows which device is meant.
 * mke2fs, tune2fs, mkfs.xfs, mkfs.btrfs, mkfs.fat and mkswap were seen (strace) to open nothing else. Where no directory can be made,
 * /proc/self/fd/FD itself. FD -1, as in a dry run: DEVICE itself. 0 or -errno with a sentence. */
struct hold_path {
	char *path;      /* owned */
	char *directory; /* what was made for it; owned; NULL: nothing */
	int lock;        /* with DIRECTORY: of held_directory.h */
};
int hold_path_make(struct context *ctx, int fd, const char *device, struct hold_path *ret);
void hold_path_done(struct hold_path *path);
#define AUTO_HOLD_PATH CLEANUP(hold_path_done)

#endif
