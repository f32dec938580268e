/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "stretch.h"

#include <string.h>

/* What a member of an array says in NODE's property "member_<I>_<NAME>"; NULL: nothing. */
static const char *member_text(const struct node *array, size_t i, const char *name)
{
	AUTO_FREE char *key = text_format("member_%zu_%s", i, name);

	return key ? node_property(array, key) : NULL;
}

static uint64_t member_number(const struct node *array, size_t i, const char *name)
{
	AUTO_FREE char *key = text_format("member_%zu_%s", i, name);

	return key ? node_number(array, key) : 0;
}

/* It has a place in the array, and is no spare. */
static bool has_place(const struct node *array, size_t i)
{
	const char *role = member_text(array, i, "role");

	return role && *role && strspn(role, "0123456789") == strlen(role);
}

static bool is_plain_mirror(const struct node *array)
{
	const char *level = node_property(array, "level");

	return level && !strcmp(level, "raid1") && !node_property(array, "reshape") && !node_property(array, "journal");
}

/* The SIZE bytes from START on of what ON holds. */
static bool inside(const struct layout *layout, const struct node *on, uint64_t start, uint64_t size, struct stretch *ret)
{
	if (!on || !size || !layout_stretch(layout, on, ret) || ret->size < start || ret->size - start < size)
		return false;
	ret->start += start;
	ret->size = size;
	return true;
}

static bool stretch_of_mirror(const struct layout *layout, const struct node *array, struct stretch *ret)
{
	uint64_t newest = 0;
	bool found = false;

	for (size_t i = 0; is_plain_mirror(array) && array->on[i]; i++) {
		uint64_t events = member_number(array, i, "events");
		struct stretch here;

		if (!has_place(array, i) || (found && events <= newest) ||
		    !inside(layout, layout_find(layout, array->on[i]), member_number(array, i, "data_offset"), node_number(array, "component_size"),
			    &here))
			continue;
		*ret = here;
		newest = events;
		found = true;
	}
	return found;
}

/* The physical volume that a text "UUID:EXTENT" names, and the extent. */
static const struct node *named_volume(const struct layout *layout, const char *text, uint64_t *ret_extent)
{
	const char *colon = text ? strchr(text, ':') : NULL;
	char *end;

	if (!colon || !colon[1])
		return NULL;
	*ret_extent = strtoull(colon + 1, &end, 10);
	for (size_t i = 0; !*end && i < layout->count; i++) {
		const struct node *node = layout->nodes[i];

		if (node->type == NODE_PV && node->uuid && strlen(node->uuid) == (size_t)(colon - text) &&
		    !strncmp(node->uuid, text, (size_t)(colon - text)))
			return node;
	}
	return NULL;
}

static bool stretch_of_volume(const struct layout *layout, const struct node *volume, struct stretch *ret)
{
	const struct node *group = volume->on ? layout_find(layout, volume->on[0]) : NULL, *holder;
	const char *kind = node_property(volume, "kind");
	uint64_t extent = 0, bytes = group && group->type == NODE_VG ? node_number(group, "extent_size") : 0;

	if (!kind || strcmp(kind, "linear") || node_number(volume, "segments") != 1 || !bytes)
		return false;
	holder = named_volume(layout, node_property(volume, "segment_0_stripes"), &extent);
	if (!holder || extent > UINT64_MAX / bytes / 2)
		return false;
	return inside(layout, layout_find(layout, holder->on[0]), node_number(holder, "pe_start") + extent * bytes, volume->size, ret);
}

bool layout_stretch(const struct layout *layout, const struct node *node, struct stretch *ret)
{
	if ((node->type == NODE_RAID || node->type == NODE_LUKS || node->type == NODE_LV) && node->device) {
		*ret = (struct stretch){ node, 0, node->size };
		return true;
	}
	switch (node->type) {
	case NODE_DISK:
	case NODE_PARTITION:
		*ret = (struct stretch){ node, 0, node->size };
		return true;
	case NODE_RAID:
		return stretch_of_mirror(layout, node, ret);
	case NODE_LV:
		return stretch_of_volume(layout, node, ret);
	default:
		return false;
	}
}
