/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lvm_volumes.h"

#include <errno.h>
#include <string.h>

#include "../superblocks/device_text.h"
#include "lvm_values.h"

#define VOLUMES_LIMIT 4000           /* logical volumes of a group that become nodes */
#define SEGMENTS_LIMIT 24            /* segments of a volume that become properties */

static json_t *segment_of(json_t *volume, size_t number)
{
	char key[32];

	snprintf(key, sizeof(key), "segment%zu", number + 1);
	return json_object_get(volume, key);
}

/* A classic snapshot is a pseudo volume that ties the one with its changes to its origin. */
static bool is_tie(json_t *volume)
{
	const char *type = lvm_text_of(segment_of(volume, 0), "type");

	return type && !strcmp(type, "snapshot");
}

/* Bytes; 0 when it makes no sense. */
static uint64_t volume_size(const struct lvm_group *group, json_t *volume, size_t *ret_segments)
{
	json_int_t extent = json_integer_value(json_object_get(group->section, "extent_size")), extents = 0;
	json_t *segment;
	size_t i;

	for (i = 0; (segment = segment_of(volume, i)); i++) {
		json_int_t count = json_integer_value(json_object_get(segment, "extent_count"));

		if (count < 0 || count > INT32_MAX || extents > INT32_MAX)
			return 0;
		extents += count;
	}
	*ret_segments = i;
	return extent > 0 && extent < INT32_MAX && extents < INT64_MAX / LVM_SECTOR / extent ? (uint64_t)(extents * extent) * LVM_SECTOR : 0;
}

/* "linear" for what LVM's text calls striped over one. */
static const char *volume_kind(json_t *volume)
{
	json_t *segment = segment_of(volume, 0);
	const char *type = lvm_text_of(segment, "type");

	if (type && !strcmp(type, "striped") && json_integer_value(json_object_get(segment, "stripe_count")) == 1)
		return "linear";
	return type;
}

static struct node *add_volume_node(struct lvm_group *group, const char *name, const char *uuid)
{
	AUTO_FREE char *id = text_format("lv:%s", uuid), *other = text_format("lv:%s@%s", uuid, group->node->id);
	struct node *node = id ? layout_add(group->probe->layout, NODE_LV, id) : NULL;

	/* A copied group may have the same volumes. */
	if (id && !node && errno == EEXIST && other)
		node = layout_add(group->probe->layout, NODE_LV, other);
	if (!node || lvm_set_text(&node->uuid, uuid) || lvm_set_text(&node->label, name) ||
	    json_object_set_new(group->names, name, json_string(node->id)))
		return NULL;
	return node;
}

static int add_volume(struct lvm_group *group, const char *name, json_t *volume)
{
	const char *uuid = lvm_text_of(volume, "id"), *kind = volume_kind(volume);
	struct node *node;
	size_t segments = 0;
	int r;

	if (!lvm_is_uuid(uuid) || !kind)
		return -EINVAL;
	node = add_volume_node(group, name, uuid);
	if (!node)
		return -ENOMEM;
	node->size = volume_size(group, volume, &segments);
	r = node_property_set(node, "vg_name", group->name);
	if (!r)
		r = device_text_property(node, "kind", kind, strlen(kind));
	if (!r)
		r = node_number_set(node, "segments", segments);
	if (!r)
		r = lvm_set_values(node, "", group, volume);
	for (size_t i = 0; !r && i < segments && i < SEGMENTS_LIMIT; i++) {
		AUTO_FREE char *prefix = text_format("segment_%zu_", i);

		r = prefix ? lvm_set_values(node, prefix, group, segment_of(volume, i)) : -ENOMEM;
	}
	return r;
}

static struct node *volume_node(const struct lvm_group *group, const char *name)
{
	const char *id = name ? json_string_value(json_object_get(group->names, name)) : NULL;

	return id ? layout_find(group->probe->layout, id) : NULL;
}

static int lie_on(struct node *node, const struct node *below)
{
	if (!below || below == node || (node->on && strv_contains(node->on, below->id)) || strv_length(node->on) == LAYOUT_ON_LIMIT)
		return 0;
	return strv_append(&node->on, below->id);
}

/* What a segment is made of: extents of physical volumes, or other volumes of the group. A thin snapshot's origin is none of it. */
static int tie_segment(struct lvm_group *group, struct node *node, json_t *segment)
{
	static const char *const lists[] = { "stripes", "raids", "raid0_lvs", "mirrors" };
	static const char *const names[] = { "thin_pool", "pool", "metadata", "data", "cache_pool", "mirror_log", "external_origin", "writecache",
					     "vdo_pool", "integrity", "meta_dev" };
	const char *type = lvm_text_of(segment, "type");
	json_t *value;
	size_t at;
	int r = 0;

	for (size_t i = 0; i < ARRAY_LENGTH(lists); i++)
		json_array_foreach(json_object_get(segment, lists[i]), at, value) {
			bool extents = json_is_string(value) && json_object_get(json_object_get(group->section, "physical_volumes"),
										json_string_value(value));

			if (!r)
				r = lie_on(node, extents ? group->node : volume_node(group, json_string_value(value)));
		}
	for (size_t i = 0; !r && i < ARRAY_LENGTH(names); i++)
		r = lie_on(node, volume_node(group, lvm_text_of(segment, names[i])));
	return r || !type || !strcmp(type, "thin") ? r : lie_on(node, volume_node(group, lvm_text_of(segment, "origin")));
}

static int tie_volume(struct lvm_group *group, const char *name, json_t *volume)
{
	struct node *node = volume_node(group, name);
	json_t *segment;
	int r = 0;

	for (size_t i = 0; node && !r && (segment = segment_of(volume, i)); i++)
		r = tie_segment(group, node, segment);
	return !node || r || node->on ? r : lie_on(node, group->node);
}

/* TIE, the pseudo volume of a classic snapshot, tells what its changes belong to. */
static int tie_snapshot(struct lvm_group *group, json_t *tie)
{
	json_t *segment = segment_of(tie, 0), *chunk = json_object_get(segment, "chunk_size");
	struct node *node = volume_node(group, lvm_text_of(segment, "cow_store")), *origin = volume_node(group, lvm_text_of(segment, "origin"));
	size_t segments;
	int r;

	if (!node || !origin)
		return 0;
	/* It shows as many bytes as its origin has; its own extents hold the differences. */
	r = node_number_set(node, "snapshot_store_size", node->size);
	node->size = volume_size(group, tie, &segments);
	if (!r)
		r = lie_on(node, origin);
	if (!r)
		r = node_property_set(node, "kind", "snapshot");
	if (!r)
		r = node_property_set(node, "snapshot_of", origin->label);
	return r || !json_is_integer(chunk) ? r : node_number_set(node, "snapshot_chunk_size", (uint64_t)json_integer_value(chunk) * LVM_SECTOR);
}

/* Metadata whose volumes lie on each other in a circle are no metadata of LVM. */
static int untie(struct lvm_group *group)
{
	const char *name;
	json_t *id;
	int r = 0;

	context_warn(group->probe->ctx, "the metadata of LVM volume group %s contradict themselves: what its volumes are made of is not known",
		     group->name);
	json_object_foreach(group->names, name, id) {
		struct node *node = layout_find(group->probe->layout, json_string_value(id));

		strv_free(TAKE_POINTER(node->on));
		if (!r)
			r = lie_on(node, group->node);
	}
	return r;
}

int lvm_add_volumes(struct lvm_group *group)
{
	json_t *volumes = json_object_get(group->section, "logical_volumes"), *volume;
	const char *name;
	int r = 0;

	if (json_object_size(volumes) > VOLUMES_LIMIT) {
		context_warn(group->probe->ctx, "LVM volume group %s has more than %d logical volumes: only its metadata text tells of them",
			     group->name, VOLUMES_LIMIT);
		return 0;
	}
	json_object_foreach(volumes, name, volume) {
		if (r || is_tie(volume))
			continue;
		r = add_volume(group, name, volume);
		if (r == -EINVAL) {
			context_warn(group->probe->ctx, "the metadata of LVM volume group %s describe a volume that makes no sense: %s", group->name,
				     name);
			r = 0;
		}
	}
	json_object_foreach(volumes, name, volume)
		if (!r)
			r = is_tie(volume) ? tie_snapshot(group, volume) : tie_volume(group, name, volume);
	if (r)
		return r;
	r = layout_sort(group->probe->layout);
	return r == -EINVAL || (!r && layout_tangled(group->probe->layout)) ? untie(group) : r;
}
