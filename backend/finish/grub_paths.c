/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "grub_paths.h"

#include <string.h>

#include "identifiers.h"
#include "rooted.h"

/* TEXT below the directory PREFIX, without leading '/'; NULL when it is not below. */
static const char *below(const char *text, const char *prefix)
{
	size_t length = strlen(prefix);

	if (strncmp(text, prefix, length) || (length && text[length] && text[length] != '/'))
		return NULL;
	return text + length + strspn(text + length, "/");
}

/* The mount whose files one finds at PATH of the tree: the deepest. */
static const struct node *mount_over(const struct plan *plan, const char *path)
{
	const struct node *deepest = NULL;

	for (size_t i = 0; i < plan->target.result->count; i++) {
		const struct node *node = plan->target.result->nodes[i];

		if (node->type != NODE_MOUNT || !node->mount.path || !below(path, node->mount.path + 1))
			continue;
		if (!deepest || strlen(node->mount.path) > strlen(deepest->mount.path))
			deepest = node;
	}
	return deepest;
}

/* Whether PATH, from the top of the filesystem, is a file that MOUNT shows. */
static bool is_in_mount(const struct plan *plan, int root_fd, const struct node *mount, const char *path)
{
	const struct node *subvolume = identifier_beneath(plan->target.result, mount, NODE_SUBVOLUME);
	const char *inside = subvolume ? below(path, subvolume->subvolume.path) : path;
	const char *directory = mount->mount.path + 1;
	AUTO_FREE char *full = NULL;

	/* GRUB may be told to begin at the subvolume that is mounted by default. */
	if (!inside && subvolume->subvolume.is_default)
		inside = path;
	if (!inside || !*inside)
		return false;
	full = text_format("%s%s%s", directory, *directory ? "/" : "", inside);
	return full && mount_over(plan, full) == mount && rooted_has_content(root_fd, full);
}

bool grub_path_is_there(const struct plan *plan, int root_fd, const struct node *filesystem, const char *path)
{
	const char *close = *path == '(' ? strchr(path, ')') : NULL;

	path = close ? close + 1 : path;
	if (strchr(path, '$'))
		return true;
	path += strspn(path, "/");
	if (!filesystem)
		filesystem = layout_boot(plan->target.result);
	for (size_t i = 0; filesystem && i < plan->target.result->count; i++) {
		const struct node *node = plan->target.result->nodes[i];

		if (node->type == NODE_MOUNT && node->mount.path &&
		    identifier_beneath(plan->target.result, node, NODE_FILESYSTEM) == filesystem &&
		    is_in_mount(plan, root_fd, node, path))
			return true;
	}
	return false;
}
