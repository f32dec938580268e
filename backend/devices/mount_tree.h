/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One picture of what is mounted at and below a directory: which mounts a path leads to, and through which of them files are
 * captured, each file once. It is made from the mount table alone: nothing is opened, asked or waited for.
 *
 * A mount is visible when path resolution from "/" ends in it: of several on one place the topmost, none below a place that is
 * mounted over. Hidden mounts count for nothing, but that their disks belong to the machine.
 */
#ifndef LIFEBOAT_DEVICES_MOUNT_TREE_H
#define LIFEBOAT_DEVICES_MOUNT_TREE_H

#include "mounts.h"

enum mount_choice {
	MOUNT_WALK,              /* a filesystem on a disk: its files are captured here */
	MOUNT_LEAVE,             /* what is mounted there is left out; REASON says why */
};

/* One visible mount, or the root directory itself where it is no mount point. */
struct mount_point {
	const struct mount_entry *entry; /* borrowed from the tree */
	const char *target;      /* absolute path; bytes */
	const char *path;        /* relative to the root directory, "." for itself; NULL when not at or below it */
	char *part;              /* directory of the filesystem that is seen here, "/" for all of it */
	bool is_mount;           /* false: the root directory, a part of the mount it lies in */
	bool is_subvolume;       /* a whole btrfs subvolume, not a directory of one */
	const struct mount_point *above; /* the visible mount its place lies in; NULL for the topmost */
	const struct mount_point *blind; /* a mount further up, below the root directory, that must not be looked into; or NULL */
	enum mount_choice choice; /* means something where PATH is set */
	char *reason;            /* with MOUNT_LEAVE; text, for people */
};

struct mount_tree;

void mount_tree_free(struct mount_tree *tree);
static inline void cleanup_mount_tree(struct mount_tree **tree)
{
	mount_tree_free(*tree);
}
#define AUTO_MOUNT_TREE CLEANUP(cleanup_mount_tree)

/* The root directory, absolute. */
const char *mount_tree_root(const struct mount_tree *tree);
/* The visible mounts in the order of their paths, parents first. NULL past the last. */
const struct mount_point *mount_tree_point(const struct mount_tree *tree, size_t index);
/* Every mount of the table, hidden ones and those elsewhere too; NULL past the last. */
const struct mount_entry *mount_tree_entry(const struct mount_tree *tree, size_t index);
/* What is mounted at PATH (relative to the root directory); NULL when nothing visible is. */
const struct mount_point *mount_tree_at(const struct mount_tree *tree, const char *path);
/* The absolute PATH relative to the root directory, "." for itself, borrowed from PATH; NULL when it is not at or below it. */
const char *mount_tree_relative(const struct mount_tree *tree, const char *path);
/* The visible mount that the absolute PATH lies in; NULL when the table does not tell. */
const struct mount_point *mount_tree_containing(const struct mount_tree *tree, const char *path);
/* Where another mount shows a btrfs subvolume, PATH (relative to the root directory), that is captured where it is mounted: the reason to
 * leave it out there, borrowed. NULL elsewhere. */
const char *mount_tree_view(const struct mount_tree *tree, const char *path);

#endif
