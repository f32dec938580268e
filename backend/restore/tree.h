/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The way into a tree, name by name: paths of a set are resolved relative to a root directory without ever following a
 * symbolic link or "..", through a small cache of open directories. So nothing leaves the root, and a path may be longer than
 * PATH_MAX. One struct tree belongs to one thread; the table of filesystems met is shared.
 */
#ifndef LIFEBOAT_RESTORE_TREE_H
#define LIFEBOAT_RESTORE_TREE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "filesystems.h"

struct tree_directory {
	int fd;                  /* O_RDONLY, or O_PATH where it may not be read */
	gid_t gid;
	bool default_acl;        /* new entries would inherit an ACL */
	bool has_flags;          /* inode flags or hints, which new entries may inherit */
	bool is_fat_root;        /* of a FAT filesystem: has no time */
	const struct filesystem *filesystem;
};

struct tree;

/* ROOT_FD and TABLE are borrowed. NULL when out of memory. */
struct tree *tree_new(int root_fd, struct filesystems *table);
void tree_free(struct tree *tree);
/* An open directory of another place that stands at PATH of the tree, whether the tree has that path or not. */
struct tree_graft {
	const char *path;
	int fd;
	bool is_way;             /* only on the way to another: what else is in it is none of the tree's */
};
/* Before the first path is asked for; GRAFTS, in the order of path_order(), is borrowed. */
void tree_graft(struct tree *tree, const struct tree_graft *grafts, size_t count);
/* The nearest graft that PATH[0..LENGTH) is or lies below; NULL: none. */
const struct tree_graft *tree_graft_of(const struct tree_graft *grafts, size_t count, const char *path, size_t length);
/* The directory PATH ("." is the root). Borrowed until the next call. NULL with errno: ENOTDIR or ELOOP for something in the
 * way that is no directory, EINVAL for a path that is not a plain relative one, else as openat(2). */
const struct tree_directory *tree_open(struct tree *tree, const char *path);
/* The directory that holds PATH; *RET_NAME is PATH's last name, "." for the root itself. Errors as tree_open(). */
const struct tree_directory *tree_parent(struct tree *tree, const char *path, const char **ret_name);
/* Forgets every directory opened, after something may have been moved or replaced. */
void tree_forget(struct tree *tree);

#endif
