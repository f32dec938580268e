/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tree.h"

#include <errno.h>
#include <string.h>

struct walk {
	const struct layout *layout;
	bool *told;              /* by number of the node */
	int (*each)(void *data, const struct tree_place *place);
	void *data;
};

/* Whether NODE stands below ABOVE. */
static bool is_below(const struct layout *layout, const struct node *node, const struct node *above)
{
	const char *kind = node_property(node, "kind"), *status = node_property(node, "status");
	const struct node *group = node;

	if (node->type == NODE_MOUNT)
		return false;
	if (node->type != NODE_LV)
		return node->on && strv_contains(node->on, above->id);
	if (kind && !strcmp(kind, "snapshot") && node_property(node, "snapshot_of"))
		return above->type == NODE_LV && above->label && !strcmp(above->label, node_property(node, "snapshot_of")) &&
		       strv_contains(node->on, above->id);
	if (!status || !strstr(status, "VISIBLE"))
		return false;
	if (kind && !strcmp(kind, "thin"))
		return strv_contains(node->on, above->id);
	if (above->type != NODE_VG)
		return false;
	while (group && group->type == NODE_LV)
		group = layout_find(layout, group->on[0]);
	return group == above;
}

/* The next node below ABOVE, its own contents before other volumes made of it; *AT is 0 at first. SIZE_MAX: no more. */
static size_t next_below(const struct layout *layout, const struct node *above, size_t *at)
{
	size_t count = layout->count;

	for (size_t i = *at; i < 2 * count; i++) {
		const struct node *node = layout->nodes[i % count];

		if ((node->type == NODE_LV) == (i >= count) && is_below(layout, node, above)) {
			*at = i + 1;
			return i % count;
		}
	}
	return SIZE_MAX;
}

static int tell(struct walk *walk, size_t number, int depth, bool last)
{
	const struct tree_place place = { .node = walk->layout->nodes[number], .depth = depth, .again = walk->told[number], .last = last };
	size_t at = 0, next;
	int r = walk->each(walk->data, &place);

	walk->told[number] = true;
	for (size_t i = r || place.again ? SIZE_MAX : next_below(walk->layout, place.node, &at); i != SIZE_MAX && !r; i = next) {
		next = next_below(walk->layout, place.node, &at);
		r = tell(walk, i, depth + 1, next == SIZE_MAX);
	}
	return r;
}

int layout_tree(const struct layout *layout, int (*each)(void *data, const struct tree_place *place), void *data)
{
	AUTO_FREE bool *told = calloc(layout->count + 1, sizeof(*told));
	struct walk walk = { .layout = layout, .told = told, .each = each, .data = data };
	int r = told ? 0 : -ENOMEM;

	for (size_t i = 0; !r && i < layout->count; i++)
		if (!layout->nodes[i]->on || !layout->nodes[i]->on[0])
			r = tell(&walk, i, 0, true);
	return r;
}

/* ---- rows ---- */

static int add_row(void *data, const struct tree_place *place)
{
	json_t *disks = data, *rows = json_object_get(json_array_get(disks, json_array_size(disks) - 1), "rows");
	AUTO_FREE char *text = node_describe(place->node);

	if (place->node->type == NODE_SUBVOLUME)
		return 0;
	if (place->depth == 0)
		return !text || json_array_append_new(disks, json_pack("{ss, ss, s[]}", "disk", place->node->id, "text", text, "rows")) ? -ENOMEM : 0;
	return !text || json_array_append_new(rows, json_pack("{si, ss, sb}", "depth", place->depth, "text", text, "again", place->again)) ?
		       -ENOMEM : 0;
}

json_t *layout_tree_rows(const struct layout *layout)
{
	json_t *disks = json_array();

	if (disks && !layout_tree(layout, add_row, disks))
		return disks;
	json_decref(disks);
	return NULL;
}
