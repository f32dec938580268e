/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nodes, as wishes see them. */
#include <string.h>

#include "wishes_parts.h"

bool wish_is_on_disk(const struct layout *captured, const struct node *partition)
{
	const struct node *on = layout_find(captured, partition->on[0]);

	return on && on->type == NODE_DISK;
}

bool wish_has_role(const struct node *node, const char *role)
{
	return node->type == NODE_PARTITION && node->partition.role && !strcmp(node->partition.role, role);
}

char *wish_name(const struct node *node)
{
	AUTO_FREE char *words = node_describe(node);

	return words ? sentence("%s (%s)", words, node->id) : NULL;
}

const char *wish_start_path(const struct layout *captured, const struct node *node)
{
	for (size_t i = 0; i < captured->count; i++) {
		const struct node *mount = captured->nodes[i];

		if (mount->type == NODE_MOUNT && mount_is_needed_to_start(mount) && layout_lies_on(captured, mount, node))
			return mount->mount.path;
	}
	return NULL;
}

bool wish_is_encrypted(const struct layout *captured, const struct node *node)
{
	for (size_t i = 0; i < captured->count; i++)
		if (captured->nodes[i]->type == NODE_LUKS && captured->nodes[i] != node && layout_lies_on(captured, node, captured->nodes[i]))
			return true;
	return false;
}
