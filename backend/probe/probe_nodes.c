/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "probe_nodes.h"

#include <errno.h>
#include <string.h>

struct node *probe_node_of(const struct probe *probe, const char *name)
{
	const char *id = json_string_value(json_object_get(probe->nodes, name));

	return id ? layout_find(probe->layout, id) : NULL;
}

int probe_remember(struct probe *probe, const char *name, const struct node *node)
{
	return json_object_set_new(probe->nodes, name, json_string(node->id)) ? -ENOMEM : 0;
}

struct node *probe_add(struct layout *layout, enum node_type type, const char *id, const char *on)
{
	struct node *node = layout_add(layout, type, id);

	/* Copies of a disk carry the same UUID: what lies beneath tells them apart. */
	if (!node && errno == EEXIST && on) {
		AUTO_FREE char *other = text_format("%s@%s", id, on);

		node = other ? layout_add(layout, type, other) : NULL;
	}
	if (node && on && strv_append(&node->on, on))
		return NULL;
	return node;
}
