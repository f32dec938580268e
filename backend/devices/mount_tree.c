/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mount_tree.h"

#include <stdlib.h>
#include <string.h>

#include "mount_parts.h"

void mount_tree_free(struct mount_tree *tree)
{
	if (!tree)
		return;
	for (size_t i = 0; i < tree->count; i++) {
		free(tree->points[i].part);
		free(tree->points[i].reason);
	}
	for (size_t i = 0; i < tree->view_count; i++) {
		free(tree->views[i].path);
		free(tree->views[i].reason);
	}
	free(tree->views);
	free(tree->points);
	free(tree->by_path);
	free(tree->inside);
	free(tree->root);
	mount_table_done(&tree->table);
	free(tree);
}

const char *mount_tree_root(const struct mount_tree *tree)
{
	return tree->root;
}

const struct mount_point *mount_tree_point(const struct mount_tree *tree, size_t index)
{
	return index < tree->count ? tree->by_path[index] : NULL;
}

const struct mount_entry *mount_tree_entry(const struct mount_tree *tree, size_t index)
{
	return index < tree->table.count ? &tree->table.entries[index] : NULL;
}

static int by_relative(const void *a, const void *b)
{
	const struct mount_point *const *x = a, *const *y = b;

	return strcmp((*x)->path, (*y)->path);
}

const struct mount_point *mount_tree_at(const struct mount_tree *tree, const char *path)
{
	const struct mount_point key = { .path = path }, *pointer = &key;
	struct mount_point **found =
		bsearch(&pointer, tree->inside, tree->inside_count, sizeof(*tree->inside), by_relative);

	return found ? *found : NULL;
}

const char *mount_tree_relative(const struct mount_tree *tree, const char *path)
{
	const char *rest;

	if (!path_is_below(path, tree->root, &rest))
		return NULL;
	return rest[1] ? rest + 1 : ".";
}

static const struct mount_point *find_target(const struct mount_tree *tree, const char *target, size_t length)
{
	size_t low = 0, high = tree->count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct mount_point *point = tree->by_path[middle];
		int order = path_order(point->target, strlen(point->target), target, length);

		if (order == 0)
			return point;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const struct mount_point *mount_tree_containing(const struct mount_tree *tree, const char *path)
{
	for (size_t length = strlen(path); length > 0;) {
		const struct mount_point *found = find_target(tree, path, length);

		if (found || length == 1)
			return found;
		while (length > 0 && path[--length] != '/')
			;
		/* What is left of "/name" is the root. */
		length += length == 0;
	}
	return NULL;
}

static int by_view_path(const void *a, const void *b)
{
	const struct mount_view *x = a, *y = b;

	return strcmp(x->path, y->path);
}

const char *mount_tree_view(const struct mount_tree *tree, const char *path)
{
	const struct mount_view key = { .path = (char *)path };
	const struct mount_view *found =
		tree->view_count ? bsearch(&key, tree->views, tree->view_count, sizeof(*tree->views), by_view_path) : NULL;

	return found ? found->reason : NULL;
}
