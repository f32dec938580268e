/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unmounted_trees.h"

#include <errno.h>
#include <string.h>

#include "../storage/content.h"
#include "present_holder.h"

void unmounted_trees_done(struct unmounted_trees *trees)
{
	for (size_t i = 0; i < trees->count; i++)
		detached_mount_close(&trees->mounts[i]);
	free(trees->grafts);
	free(trees->mounts);
	strv_free(trees->paths);
	strv_free(trees->missing);
	*trees = (struct unmounted_trees){ 0 };
}

const struct node *unmounted_trees_find(const struct layout *present, const struct node *wanted)
{
	for (size_t i = 0; wanted->uuid && i < present->count; i++) {
		const struct node *node = present->nodes[i];

		if (node->type == NODE_FILESYSTEM && node->device && node->uuid && !strcasecmp(node->uuid, wanted->uuid) &&
		    !strcmp(node->filesystem.kind, wanted->filesystem.kind))
			return node;
	}
	return NULL;
}

/* WANTED where what it lay on is not up. As detached_mount_open(); -ENOENT: it is on no disk here. */
static int open_beneath(struct context *ctx, const struct layout *captured, const struct layout *present, const struct node *wanted,
			struct detached_mount *ret)
{
	const struct node *holder = wanted->on[1] ? NULL : present_holder_find(captured, layout_find(captured, wanted->on[0]), present);
	AUTO_FREE char *path = NULL;
	AUTO_CLOSE int fd = -1;
	int r = !holder || holder->device ? -ENOENT : present_holder_open(ctx, present, holder, &fd, &path);

	if (r == -ENODEV || (r == 0 && content_is_there(fd, wanted->filesystem.kind, wanted->uuid, NULL) <= 0))
		r = -ENOENT;
	return r ? r : detached_mount_open(path, wanted->filesystem.kind, ret);
}

static int open_tree_of(struct context *ctx, struct unmounted_trees *trees, const struct layout *captured, const struct layout *present,
			const struct node *mount)
{
	const struct node *wanted = layout_filesystem_of(captured, mount), *here = unmounted_trees_find(present, wanted);
	struct detached_mount *opened = &trees->mounts[trees->count];
	int r = here ? detached_mount_open(here->device, here->filesystem.kind, opened) : open_beneath(ctx, captured, present, wanted, opened);
	AUTO_FREE char *name = NULL, *line = NULL;

	if (r == 0) {
		trees->grafts[trees->count++].fd = opened->top;
		if (strv_append(&trees->paths, mount->mount.path + 1) < 0)
			return -ENOMEM;
		trees->grafts[trees->count - 1].path = trees->paths[trees->count - 1];
		return 0;
	}
	name = node_describe(wanted);
	line = sentence("the %s, which was not mounted when it was captured: %s", name ? name : wanted->id,
			   r == -ENOENT ? sentence_words(N_("it is on no disk here")) : strerror(-r));
	return line ? strv_append(&trees->missing, line) : -ENOMEM;
}

int unmounted_trees_open(struct context *ctx, const struct layout *captured, const struct layout *present, struct unmounted_trees *ret)
{
	int r = 0;

	*ret = (struct unmounted_trees){ .grafts = calloc(captured->count + 1, sizeof(*ret->grafts)),
					 .mounts = calloc(captured->count + 1, sizeof(*ret->mounts)) };
	if (!ret->grafts || !ret->mounts)
		r = -ENOMEM;
	for (size_t i = 0; r == 0 && i < captured->count; i++)
		if (mount_is_private(captured->nodes[i]))
			r = open_tree_of(ctx, ret, captured, present, captured->nodes[i]);
	return r < 0 ? context_oom(ctx) : 0;
}
