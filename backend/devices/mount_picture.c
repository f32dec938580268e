/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mount_picture.h"

#include <stdlib.h>
#include <string.h>

#include "mount_choice.h"
#include "mount_parts.h"
#include "mount_resolve.h"

int mount_tree_read(struct context *ctx, const char *root, struct mount_tree **ret)
{
	AUTO_MOUNT_TREE struct mount_tree *tree = calloc(1, sizeof(*tree));
	int r;

	if (!tree || !(tree->root = strdup(root)))
		return context_oom(ctx);
	r = mount_table_read(ctx, &tree->table);
	if (r < 0)
		return r;
	if (mount_tree_resolve(tree) < 0 || mount_tree_choose(tree) < 0)
		return context_oom(ctx);
	*ret = TAKE_POINTER(tree);
	return 0;
}
