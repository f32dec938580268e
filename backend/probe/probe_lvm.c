/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "probe_lvm.h"

#include <errno.h>
#include <string.h>

#include "../superblocks/device_text.h"
#include "lvm_parts.h"
#include "lvm_values.h"
#include "lvm_volumes.h"

void probe_lvm_done(struct probe *probe)
{
	for (size_t i = 0; i < probe->volume_count; i++)
		lvm_label_done(&probe->volumes[i].label);
	free(probe->volumes);
}

static int set_area(struct node *node, const char *name, const struct lvm_area *area)
{
	AUTO_FREE char *offset = text_format("%s_offset", name), *size = text_format("%s_size", name);
	int r = offset && size ? node_number_set(node, offset, area->offset) : -ENOMEM;

	return r ? r : node_number_set(node, size, area->size);
}

int probe_pv(struct probe *probe, const struct extent *extent, struct node *node)
{
	struct lvm_volume *grown = reallocarray(probe->volumes, probe->volume_count + 1, sizeof(*grown)), *volume;
	int r;

	if (!grown)
		return -ENOMEM;
	probe->volumes = grown;
	volume = &grown[probe->volume_count];
	r = lvm_label_read(extent, &volume->label);
	if (r) {
		lvm_label_done(&volume->label);
		return r;
	}
	probe->volume_count++;
	if (volume->label.damaged)
		context_warn(probe->ctx, "a metadata area of the LVM physical volume %s is damaged", volume->label.uuid);
	r = node_number_set(node, "metadata_areas", volume->label.metadata_count);
	for (size_t i = 0; !r && i < volume->label.metadata_count; i++) {
		AUTO_FREE char *name = text_format("metadata_area_%zu", i);

		r = name ? set_area(node, name, &volume->label.metadata[i]) : -ENOMEM;
	}
	return r || !volume->label.boot.size ? r : set_area(node, "boot_area", &volume->label.boot);
}

static struct node *pv_node(const struct probe *probe, json_t *section)
{
	const char *uuid = lvm_text_of(section, "id");

	for (size_t i = 0; lvm_is_uuid(uuid) && i < probe->layout->count; i++) {
		struct node *node = probe->layout->nodes[i];

		/* Copies of it have other ids. */
		if (node->type == NODE_PV && !strcmp(node->id + strlen("pv:"), uuid))
			return node;
	}
	return NULL;
}

static int add_pv(struct lvm_group *group, json_t *section, size_t *missing)
{
	struct node *pv = pv_node(group->probe, section);
	const char *uuid = lvm_text_of(section, "id");
	AUTO_FREE char *key = NULL;
	int r;

	if (!pv || layout_child(group->probe->layout, pv->id, NODE_VG, 0)) {
		key = text_format("missing_pv_%zu", (*missing)++);
		return key ? device_text_property(group->node, key, uuid ? uuid : "unknown", LVM_UUID) : -ENOMEM;
	}
	r = strv_append(&group->node->on, pv->id);
	if (!r)
		r = node_property_set(pv, "vg_name", group->name);
	return r ? r : lvm_set_values(pv, "", NULL, section);
}

/* The volume with the newest text about the group ID. */
static const struct lvm_volume *newest(const struct probe *probe, const char *id)
{
	const struct lvm_volume *best = NULL;
	const char *name;

	for (size_t i = 0; i < probe->volume_count; i++) {
		const struct lvm_volume *volume = &probe->volumes[i];
		json_t *section = lvm_group(volume->label.root, &name);

		if (section && !strcmp(lvm_text_of(section, "id"), id) && (!best || volume->label.sequence > best->label.sequence))
			best = volume;
	}
	return best;
}

/* How many of its physical volumes are here, and how many are not or belong to another group already. */
static void count_members(const struct lvm_group *group, size_t *here, size_t *missing)
{
	const char *name;
	json_t *member;

	*here = *missing = 0;
	json_object_foreach(json_object_get(group->section, "physical_volumes"), name, member) {
		const struct node *pv = pv_node(group->probe, member);
		bool taken = pv && layout_child(group->probe->layout, pv->id, NODE_VG, 0);

		*here += pv && !taken;
		*missing += !pv || taken;
	}
}

static int fill_group(struct lvm_group *group)
{
	const struct lvm_label *label = &group->source->label;
	json_t *members = json_object_get(group->section, "physical_volumes"), *member;
	json_int_t extent = json_integer_value(json_object_get(group->section, "extent_size")), extents = 0;
	size_t missing = 0;
	const char *name;
	int r = lvm_set_text(&group->node->uuid, group->id);

	if (!r)
		r = lvm_set_text(&group->node->label, group->name);
	json_object_foreach(members, name, member) {
		json_int_t count = json_integer_value(json_object_get(member, "pe_count"));

		extents += count > 0 && count <= INT32_MAX && extents <= INT32_MAX ? count : 0;
		if (!r)
			r = add_pv(group, member, &missing);
	}
	if (extent > 0 && extent < INT32_MAX && extents < INT64_MAX / LVM_SECTOR / extent)
		group->node->size = (uint64_t)(extents * extent) * LVM_SECTOR;
	if (!r)
		r = lvm_set_values(group->node, "", group, group->section);
	group->node->vg.metadata = strndup(label->text, label->length);
	return r ? r : group->node->vg.metadata ? lvm_add_volumes(group) : -ENOMEM;
}

/* 1: added; 0: its time has not come; -errno. */
static int add_group(struct probe *probe, const char *id, bool incomplete)
{
	struct lvm_group group = { .probe = probe, .source = newest(probe, id), .id = id };
	AUTO_FREE char *node = text_format("vg:%s", id);
	size_t here, missing;
	int r;

	if (!node)
		return -ENOMEM;
	if (layout_find(probe->layout, node))
		return 0;
	group.section = lvm_group(group.source->label.root, &group.name);
	count_members(&group, &here, &missing);
	if (!here || (missing && !incomplete) || here > LAYOUT_ON_LIMIT)
		return 0;
	if (missing)
		context_warn(probe->ctx, "LVM volume group %s lacks %zu of its physical volumes", group.name, missing);
	group.names = json_object();
	group.node = group.names ? layout_add(probe->layout, NODE_VG, node) : NULL;
	r = group.node ? fill_group(&group) : -ENOMEM;
	json_decref(group.names);
	return r ? r : 1;
}

int probe_groups(struct probe *probe, bool incomplete)
{
	int added = 0;

	for (size_t i = 0; i < probe->volume_count; i++) {
		const char *name;
		json_t *section = lvm_group(probe->volumes[i].label.root, &name);
		int r = section ? add_group(probe, lvm_text_of(section, "id"), incomplete) : 0;

		if (r < 0)
			return r;
		added += r;
		/* One that is not complete may hold what completes the next. */
		if (added && incomplete)
			return 1;
	}
	return added ? 1 : 0;
}
