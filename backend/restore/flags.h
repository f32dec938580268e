/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inode flags of files on the tree. Those that forbid further work on a file (i and a) are set last: a set is read once, so they are listed while
 * their files are put.
 */
#ifndef LIFEBOAT_RESTORE_FLAGS_H
#define LIFEBOAT_RESTORE_FLAGS_H

#include <linux/fs.h>

#include "../core/macro.h"
#include "worker.h"

/* Of the flags kept (FLAGS_KEPT), those that forbid further work on the file: set when all else is done. */
#define INODE_FLAGS_LATE ((unsigned long)(FS_IMMUTABLE_FL | FS_APPEND_FL))
/* Those that a filesystem takes only for a file without data. */
#define INODE_FLAGS_EARLY ((unsigned long)(FS_NOCOW_FL | FS_COMPR_FL))

/* Adds the inode flags FLAGS to those of FD, whose other kept flags are cleared. 0 or -errno; says nothing. */
int inode_flags_set(int fd, unsigned long flags);
/* Takes the flags i and a off what PARENT_FD has under NAME, so that it can be replaced or changed. */
void inode_flags_unlock(int parent_fd, const char *name);
/* The letters lsattr(1) uses, in a new string. */
char *inode_flags_print(unsigned long flags);

/* The file PATH gets FLAGS at the end, for the flags i and a forbid additional names. From any thread. 0 or -ENOMEM with a sentence. */
MUST_CHECK int keep_flags(struct extraction *work, const char *path, uint32_t flags);
/* Sets them. */
MUST_CHECK int finish_flags(struct worker *worker);
void late_flags_done(struct late_flags *late);

#endif
