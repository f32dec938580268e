/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lvm_extents.h"

#include <errno.h>
#include <string.h>

#include "lvm_rules.h"
#include "../layout/lvm_segments.h"

uint64_t lvm_extent_size(const struct node *group)
{
	uint64_t extent = node_number(group, "extent_size");

	return extent % LVM_SECTOR || extent / LVM_SECTOR > UINT32_MAX ? 0 : extent;
}

uint32_t lvm_extent_count(const struct node *pv)
{
	uint64_t count = node_number(pv, "pe_count");

	return count > UINT32_MAX ? 0 : (uint32_t)count;
}

bool lvm_is_movable(const struct layout *layout, const struct node *volume)
{
	const struct node *source = lvm_source(layout, volume), *above;
	size_t told = lvm_segments_told(source);
	bool anywhere = !volume_is_hidden(volume);

	for (size_t i = 0; i < told; i++)
		if (strcmp(lvm_segment_text(source, i, "type"), "striped") || lvm_segment_number(source, i, "stripe_count") != 1)
			return false;
	for (size_t at = 0; (above = layout_next_child(layout, volume->id, NODE_LV, &at));)
		if (lvm_is_pool_data(above, volume))
			anywhere = true;
		else if (lvm_is_made(layout, above))
			return false;
	return told && source == volume && anywhere;
}

static void volume_done(struct lvm_volume_extents *volume)
{
	for (size_t i = 0; i < volume->count; i++) {
		free(volume->segments[i].pvs);
		free(volume->segments[i].starts);
	}
	free(volume->segments);
}

void lvm_extents_done(struct lvm_extents *extents)
{
	for (size_t i = 0; i < extents->count; i++)
		volume_done(&extents->volumes[i]);
	free(TAKE_POINTER(extents->volumes));
	free(TAKE_POINTER(extents->used));
	extents->count = 0;
}

/* The number of the physical volume UUID in GROUP; SIZE_MAX: it has none. */
static size_t number_of(const struct layout *layout, const struct node *group, const char *uuid)
{
	for (size_t i = 0; group->on[i]; i++) {
		const struct node *pv = layout_find(layout, group->on[i]);

		if (pv->uuid && !strcmp(pv->uuid, uuid))
			return i;
	}
	return SIZE_MAX;
}

static bool has_extents(const struct node *volume)
{
	const char *type = lvm_segment_text(volume, 0, "type");

	return type && !strcmp(type, "striped");
}

/* Adds those of VOLUME to COUNTS. */
static int add_fixed(const struct layout *layout, const struct node *group, const struct node *volume, uint64_t *counts)
{
	for (size_t i = 0, told = lvm_segments_told(volume); i < told; i++) {
		AUTO_STRV char **names = NULL;

		if (lvm_segment_names(volume, i, "stripes", &names) < 0)
			return -ENOMEM;
		for (char **name = names; name && *name; name++) {
			size_t pv = number_of(layout, group, *name);

			if (pv != SIZE_MAX)
				counts[pv] += lvm_segment_number(volume, i, "extent_count") / strv_length(names);
		}
	}
	return 0;
}

int lvm_fixed_extents(const struct layout *layout, const struct node *group, uint64_t **ret)
{
	AUTO_FREE uint64_t *counts = calloc(strv_length(group->on) + 1, sizeof(*counts));
	const struct node *volume;
	int r = counts ? 0 : -ENOMEM;

	for (size_t at = 0; !r && (volume = layout_next_child(layout, group->id, NODE_LV, &at));)
		if (has_extents(volume) && !lvm_is_movable(layout, volume) && lvm_is_made(layout, volume))
			r = add_fixed(layout, group, volume, counts);
	if (!r)
		*ret = TAKE_POINTER(counts);
	return r;
}

/* A group while its extents are given out. */
struct placing {
	const struct layout *layout;
	const struct node *group;
	struct lvm_extents *extents;
	size_t pv_count;
	uint32_t *sizes;         /* extents of each physical volume */
};

static uint32_t room_on(const struct placing *placing, size_t pv)
{
	return placing->sizes[pv] - placing->extents->used[pv];
}

static struct lvm_segment *add_segment(struct lvm_volume_extents *volume, size_t stripes)
{
	struct lvm_segment *grown = reallocarray(volume->segments, volume->count + 1, sizeof(*grown)), *segment;

	if (!grown)
		return NULL;
	volume->segments = grown;
	segment = &grown[volume->count];
	*segment = (struct lvm_segment){ .stripe_count = stripes, .pvs = calloc(stripes, sizeof(*segment->pvs)),
					 .starts = calloc(stripes, sizeof(*segment->starts)) };
	volume->count++;
	return segment->pvs && segment->starts ? segment : NULL;
}

/* LENGTH extents of the physical volume PV behind those that are given. The room is there. */
static void take(struct placing *placing, struct lvm_segment *segment, size_t stripe, size_t pv, uint32_t length)
{
	segment->pvs[stripe] = pv;
	segment->starts[stripe] = placing->extents->used[pv];
	segment->length = length;
	placing->extents->used[pv] += length;
}

/* The segments as they were, each stripe on its physical volume. */
static int place_fixed(struct placing *placing, struct lvm_volume_extents *volume)
{
	for (size_t i = 0, told = lvm_segments_told(volume->volume); i < told; i++) {
		uint64_t stripes = lvm_segment_number(volume->volume, i, "stripe_count"), size = lvm_segment_number(volume->volume, i, "stripe_size");
		uint64_t extents = lvm_segment_number(volume->volume, i, "extent_count");
		AUTO_STRV char **names = NULL;
		struct lvm_segment *segment;

		if (lvm_segment_names(volume->volume, i, "stripes", &names) < 0)
			return -ENOMEM;
		if (!stripes || stripes != strv_length(names) || extents / stripes > UINT32_MAX || size / LVM_SECTOR > UINT32_MAX)
			return -EINVAL;
		segment = add_segment(volume, stripes);
		if (!segment)
			return -ENOMEM;
		segment->stripe_size = (uint32_t)(size / LVM_SECTOR);
		for (size_t k = 0; k < stripes; k++) {
			size_t pv = number_of(placing->layout, placing->group, names[k]);

			if (pv == SIZE_MAX)
				return -EINVAL;
			if (room_on(placing, pv) < extents / stripes)
				return -ENOSPC;
			take(placing, segment, k, pv, (uint32_t)(extents / stripes));
		}
	}
	return 0;
}

/* At most LENGTH extents of PV for the linear VOLUME; how many in *RET. */
static int take_linear(struct placing *placing, struct lvm_volume_extents *volume, size_t pv, uint64_t length, uint64_t *ret)
{
	struct lvm_segment *last = volume->count ? &volume->segments[volume->count - 1] : NULL;
	uint32_t taken = length < room_on(placing, pv) ? (uint32_t)length : room_on(placing, pv);

	*ret = taken;
	if (!taken)
		return 0;
	if (last && last->pvs[0] == pv && last->starts[0] + last->length == placing->extents->used[pv]) {
		placing->extents->used[pv] += taken;
		last->length += taken;
		return 0;
	}
	last = add_segment(volume, 1);
	if (!last)
		return -ENOMEM;
	take(placing, last, 0, pv, taken);
	return 0;
}

static uint64_t extents_placed(const struct lvm_volume_extents *volume)
{
	uint64_t placed = 0;

	for (size_t i = 0; i < volume->count; i++)
		placed += (uint64_t)volume->segments[i].length * volume->segments[i].stripe_count;
	return placed;
}

static uint64_t extents_wanted(const struct placing *placing, const struct node *volume)
{
	return volume->size / lvm_extent_size(placing->group);
}

/* What of a linear volume finds room where it was. */
static int place_where_it_was(struct placing *placing, struct lvm_volume_extents *volume)
{
	uint64_t left = extents_wanted(placing, volume->volume);
	int r = 0;

	for (size_t i = 0, told = lvm_segments_told(volume->volume); !r && left && i < told; i++) {
		uint64_t length = lvm_segment_number(volume->volume, i, "extent_count"), taken = 0;
		AUTO_STRV char **names = NULL;
		size_t pv;

		if (lvm_segment_names(volume->volume, i, "stripes", &names) < 0)
			return -ENOMEM;
		pv = names ? number_of(placing->layout, placing->group, names[0]) : SIZE_MAX;
		if (pv != SIZE_MAX)
			r = take_linear(placing, volume, pv, length < left ? length : left, &taken);
		left -= taken;
	}
	return r;
}

static int place_rest(struct placing *placing, struct lvm_volume_extents *volume)
{
	uint64_t left = extents_wanted(placing, volume->volume) - extents_placed(volume);
	size_t last = volume->count ? volume->segments[volume->count - 1].pvs[0] : 0;
	int r = 0;

	/* Where it ends first, then from the first on. */
	for (size_t i = 0; !r && left && i <= placing->pv_count; i++) {
		uint64_t taken = 0;

		r = take_linear(placing, volume, i ? i - 1 : last, left, &taken);
		left -= taken;
	}
	return r ? r : left ? -ENOSPC : 0;
}

/* One round over all volumes: those that are MOVABLE or not. */
static int place_all(struct placing *placing, bool movable, int (*place)(struct placing *placing, struct lvm_volume_extents *volume),
		     const struct node **ret_volume)
{
	int r = 0;

	for (size_t i = 0; !r && i < placing->extents->count; i++) {
		struct lvm_volume_extents *volume = &placing->extents->volumes[i];

		if (lvm_is_movable(placing->layout, volume->volume) != movable)
			continue;
		*ret_volume = volume->volume;
		r = place(placing, volume);
	}
	return r;
}

static int gather(struct placing *placing)
{
	struct lvm_extents *extents = placing->extents;
	const struct node *volume;

	placing->pv_count = strv_length(placing->group->on);
	placing->sizes = calloc(placing->pv_count + 1, sizeof(*placing->sizes));
	extents->used = calloc(placing->pv_count + 1, sizeof(*extents->used));
	extents->volumes = calloc(placing->layout->count + 1, sizeof(*extents->volumes));
	if (!placing->sizes || !extents->used || !extents->volumes)
		return -ENOMEM;
	for (size_t i = 0; i < placing->pv_count; i++)
		placing->sizes[i] = lvm_extent_count(layout_find(placing->layout, placing->group->on[i]));
	for (size_t at = 0; (volume = lvm_next_volume(placing->layout, placing->group, &at));)
		if (has_extents(volume) && lvm_is_made(placing->layout, volume))
			extents->volumes[extents->count++].volume = volume;
	return lvm_extent_size(placing->group) ? 0 : -EINVAL;
}

int lvm_extents(const struct layout *layout, const struct node *group, struct lvm_extents *ret, const struct node **ret_volume)
{
	struct placing placing = { .layout = layout, .group = group, .extents = ret };
	const struct node *at = NULL;
	int r;

	*ret = (struct lvm_extents){ 0 };
	r = gather(&placing);
	if (!r)
		r = place_all(&placing, false, place_fixed, &at);
	if (!r)
		r = place_all(&placing, true, place_where_it_was, &at);
	if (!r)
		r = place_all(&placing, true, place_rest, &at);
	free(placing.sizes);
	if (r && ret_volume)
		*ret_volume = at;
	return r;
}

const struct lvm_volume_extents *lvm_extents_of(const struct lvm_extents *extents, const struct node *volume)
{
	for (size_t i = 0; i < extents->count; i++)
		if (extents->volumes[i].volume == volume)
			return &extents->volumes[i];
	return NULL;
}
