/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owner, mode, attributes, ACLs, capabilities, times and inode flags of something on the tree, in the one order that works:
 * owner (clears capabilities and set-id bits), attributes, mode, ACLs, times, flags. What the target cannot hold is listed.
 */
#ifndef LIFEBOAT_RESTORE_METADATA_H
#define LIFEBOAT_RESTORE_METADATA_H

#include "../core/macro.h"
#include "work.h"

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
#endif
