/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owner, mode, attributes, ACLs, capabilities, times and inode flags of something on the tree, in the one order that works:
 * owner (clears capabilities and set-id bits), attributes, mode, ACLs, times, flags. What the target cannot hold is listed.
 */
#ifndef LIFEBOAT_RESTORE_METADATA_H
#define LIFEBOAT_RESTORE_METADATA_H

#include <linux/fs.h>

#include "../core/macro.h"
#include "work.h"

/* Of the flags kept (FLAGS_KEPT), those that forbid further work on the file: set when all else is done. */
#define INODE_FLAGS_LATE ((unsigned long)(FS_IMMUTABLE_FL | FS_APPEND_FL))
/* Those that a filesystem takes only for a file without data. */
#define INODE_FLAGS_EARLY ((unsigned long)(FS_NOCOW_FL | FS_COMPR_FL))

/* Where the metadata go. */
struct subject {
	const char *path;        /* for messages */
	int fd;                  /* open file or directory; -1: by name */
	int parent_fd;
	const char *name;
	const struct filesystem *filesystem;
	bool owner_is_right;     /* as created */
	bool mode_is_right;
	bool has_acl;            /* may have inherited one from its directory */
	bool has_flags;          /* may have inherited some, or hints, from its directory */
	bool was_there;          /* may have other attributes from before */
	bool without_time;       /* the root of a FAT filesystem */
	unsigned long flags;     /* of the entry's flags, those to set now */
};

/* Gives SUBJECT the metadata of ENTRY. 0, also when something was listed as failed; -errno. */
MUST_CHECK int metadata_apply(struct extraction *work, const struct subject *subject, const struct pax_entry *entry);
/* Adds the inode flags FLAGS to those of FD, whose other kept flags are cleared. 0 or -errno; says nothing. */
int inode_flags_set(int fd, unsigned long flags);
/* Takes the flags i and a off what PARENT_FD has under NAME, so that it can be replaced or changed. */
void inode_flags_unlock(int parent_fd, const char *name);
/* The letters lsattr(1) uses, in a new string. */
char *inode_flags_print(unsigned long flags);

#endif
