/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The picture of mounts from inside. Only for mount_*.c. */
#ifndef LIFEBOAT_DEVICES_MOUNT_PARTS_H
#define LIFEBOAT_DEVICES_MOUNT_PARTS_H

#include <string.h>

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
static inline int mount_path_order(const char *a, const char *b)
{
	return path_order(a, strlen(a), b, strlen(b));
}

#endif
