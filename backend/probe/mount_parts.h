/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of the picture of mounts share. Only for mount_tree.c and mount_choice.c. */
#ifndef LIFEBOAT_PROBE_MOUNT_PARTS_H
#define LIFEBOAT_PROBE_MOUNT_PARTS_H

#include "mount_tree.h"

struct mount_view {
	char *path;              /* relative to the root directory */
	char *reason;
};

struct mount_tree {
	struct mount_table table;
	char *root;
	struct mount_point *points;
	size_t count;
	struct mount_point **by_path; /* POINTS in the order of their targets */
	struct mount_point **inside; /* those at and below the root directory, in the order of strcmp(3) of their relative paths */
	size_t inside_count;
	struct mount_view *views; /* in the order of strcmp(3) of their paths */
	size_t view_count, view_capacity;
};

/* Orders paths so that a directory comes right before what lies below it. */
int mount_path_order(const char *a, const char *b);
/* Mounts that must not be looked into. */
bool mount_is_blind(const struct mount_entry *entry);

/* mount_choice.c: fills in choices, reasons and views. 0 or -ENOMEM. */
int mount_tree_choose(struct mount_tree *tree);

#endif
