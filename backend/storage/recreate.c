/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "recreate.h"

#include <string.h>

#include "mkfs.h"
#include "raid_arguments.h"

bool is_needed_to_start(const char *path)
{
	static const char *const paths[] = { "/", "/usr", "/boot", "/boot/efi", "/efi" };

	for (size_t i = 0; i < ARRAY_LENGTH(paths); i++)
		if (!strcmp(paths[i], path))
			return true;
	return false;
}

static bool is_on_disk(const struct layout *layout, const struct node *node)
{
	const struct node *on = node->type == NODE_PARTITION ? layout_find(layout, node->on[0]) : NULL;

	return node->type == NODE_DISK || (on && on->type == NODE_DISK);
}

/* Arrays lie on disks and their partitions. */
static bool is_made(const struct layout *layout, const struct node *node)
{
	AUTO_FREE char *why = NULL;

	if (node->type != NODE_RAID)
		return is_on_disk(layout, node);
	for (char **id = node->on; *id; id++)
		if (!is_on_disk(layout, layout_find(layout, *id)))
			return false;
	return raid_can_make(node, &why);
}

/* The first thing that NODE lies on, from the top down, that is not made; NULL: all is. */
static const struct node *find_unmade(const struct layout *layout, const struct node *node)
{
	for (char **id = node->on; id && *id; id++) {
		const struct node *on = layout_find(layout, *id), *below = on && is_made(layout, on) ? find_unmade(layout, on) : on;

		if (below)
			return below;
	}
	return NULL;
}

/* The first array that NODE lies on; NULL: none. */
static const struct node *find_array(const struct layout *layout, const struct node *node)
{
	const struct node *on = node->on && *node->on ? layout_find(layout, node->on[0]) : NULL;

	return !on || on->type == NODE_RAID ? on : find_array(layout, on);
}

static bool is_needed(const struct layout *layout, const struct node *filesystem)
{
	for (size_t i = 0; i < layout->count; i++) {
		const struct node *mount = layout->nodes[i];

		if (mount->type == NODE_MOUNT && is_needed_to_start(mount->mount.path) && layout_filesystem_of(layout, mount) == filesystem)
			return true;
	}
	return false;
}

static char *describe_beneath(const struct node *below, const char *format)
{
	AUTO_FREE char *name = node_describe(below);

	return sentence(format, name ? name : below->id);
}

bool can_recreate(const struct layout *layout, const struct node *node, char **ret_why)
{
	const struct node *below = find_unmade(layout, node);

	*ret_why = NULL;
	if (below)
		*ret_why = describe_beneath(below, N_("it lies on %s, which this version of Lifeboat cannot recreate"));
	if (below || node->type == NODE_RAID)
		return !below && raid_can_make(node, ret_why);
	if (node->type == NODE_SWAP || is_on_disk(layout, node))
		return true;
	if (node->type != NODE_FILESYSTEM) {
		*ret_why = sentence("this version of Lifeboat cannot recreate it");
		return false;
	}
	below = find_array(layout, node);
	if (below && is_needed(layout, node)) {
		*ret_why = describe_beneath(below, N_("it lies on %s, and this version of Lifeboat recreates no array that a machine starts from"));
		return false;
	}
	return mkfs_can_make(node, ret_why);
}
