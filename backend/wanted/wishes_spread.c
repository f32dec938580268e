/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "wishes_spread.h"

#include <errno.h>
#include <string.h>

#include "../fit/sizes_group.h"
#include "partition_kinds.h"
#include "shape.h"
#include "table_kind.h"

char *wish_spread_refusal(const struct layout *captured, const struct node *node)
{
	AUTO_FREE char *name = wish_name(node);

	if (node->type == NODE_VG && group_extent(captured, node) && !wish_is_encrypted(captured, node))
		return NULL;
	if (node->type == NODE_VG && wish_is_encrypted(captured, node))
		return sentence("%s lies in an encrypted container: on a further disk its volumes would not be encrypted, so it is spread over none",
				name ? name : node->id);
	return sentence("%s is no volume group that Lifeboat can recreate: only such a group can be spread over more disks", name ? name : node->id);
}

/* An id as LVM has them: 32 letters and digits in groups (lvm2, lib/uuid). New string; NULL when out of memory. */
static char *lvm_id(const struct layout *layout, const struct node *pv)
{
	AUTO_FREE char *uuid = table_derived_uuid(layout, pv, "physical volume");
	char digits[33];
	size_t count = 0;

	for (const char *c = uuid; c && *c && count < 32; c++)
		if (*c != '-')
			digits[count++] = *c;
	digits[count] = '\0';
	return uuid ? text_format("%.6s-%.4s-%.4s-%.4s-%.4s-%.4s-%.6s", digits, digits + 6, digits + 10, digits + 14, digits + 18, digits + 22,
				  digits + 26) : NULL;
}

/* PV is like LIKE, of EXTENTS, and was not there before. 0 or -errno. */
static int describe_volume(const struct layout *layout, struct node *pv, const struct node *like, const struct node *partition, uint64_t extents)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < like->property_count; i++)
		r = node_property_set(pv, like->properties[i].key, like->properties[i].value);
	pv->uuid = lvm_id(layout, pv);
	pv->size = partition->size;
	if (r == 0)
		r = pv->uuid ? node_number_set(pv, "pe_count", extents) : -ENOMEM;
	return r == 0 ? node_number_set(pv, "dev_size", partition->size) : r;
}

/* A physical volume on one more disk, of the EXTENTS that GROUP had: it can do without those that others have. 0 or -errno with a sentence. */
static int spread(struct context *ctx, struct layout *layout, struct node *group, uint64_t extents)
{
	const struct node *like = layout_find(layout, group->on[0]);
	uint64_t extent = group_extent(layout, group);
	struct node *disk = shape_further_disk(layout, group, plain_disk_of(layout, like)), *partition, *pv;
	AUTO_FREE char *id = disk ? text_format("pv:%s.%s", disk->id, group->id) : NULL;
	int r;

	if (!id)
		return context_oom(ctx);
	r = shape_add_further(ctx, layout, disk, node_number(like, "pe_start") + extents * extent, partition_kind_of(like, true), &partition);
	if (r < 0)
		return r;
	pv = layout_add(layout, NODE_PV, id);
	if (!pv || strv_append(&pv->on, partition->id) < 0 || describe_volume(layout, pv, like, partition, extents) < 0 ||
	    strv_append(&group->on, id) < 0)
		return context_oom(ctx);
	group->size += extents * extent;
	return 0;
}

int wishes_spread(struct context *ctx, const struct wish *list, struct layout *layout)
{
	int r = 0;

	for (const struct wish *wish = list; r == 0 && wish->id; wish++) {
		const struct node *group = wish->spread ? layout_find(layout, wish->id) : NULL;
		uint64_t extents = group ? group_extents(layout, group) : 0;

		for (unsigned i = 0; r == 0 && group && i < wish->spread; i++)
			r = spread(ctx, layout, layout_find(layout, wish->id), extents);
	}
	return r;
}

int wishes_mark_added(const struct layout *captured, struct layout *wanted)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < wanted->count; i++)
		if (wanted->nodes[i]->type == NODE_PV && !layout_find(captured, wanted->nodes[i]->id))
			r = node_property_set(wanted->nodes[i], PV_ADDED, "1");
	return r;
}
