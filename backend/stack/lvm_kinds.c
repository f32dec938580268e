/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lvm_kinds.h"

#include <errno.h>
#include <string.h>

#include "../layout/lvm_segments.h"

static const struct lvm_refusal none = { NULL, NULL }, contradiction = { N_("its segments contradict each other"), NULL };

/* ---- extents ---- */

/* Extents of different physical volumes of GROUP, as many in each stripe. */
static bool has_good_stripes(const struct layout *layout, const struct node *group, const struct node *volume, size_t number)
{
	AUTO_STRV char **names = NULL;
	uint64_t count = lvm_segment_number(volume, number, "stripe_count"), length = lvm_segment_number(volume, number, "extent_count");

	if (lvm_segment_names(volume, number, "stripes", &names) < 0 || !count || count != strv_length(names) || !length || length > UINT32_MAX ||
	    length % count || count > strv_length(group->on) || (count > 1 && !lvm_segment_number(volume, number, "stripe_size")))
		return false;
	for (char **name = names; *name; name++) {
		bool known = false;

		for (char **id = group->on; *id; id++)
			known |= !strcmp(layout_find(layout, *id)->uuid, *name);
		for (char **before = names; before < name; before++)
			known &= strcmp(*before, *name) != 0;
		if (!known)
			return false;
	}
	return true;
}

/* Of a linear volume, which may lie anywhere, the first segments are enough. */
static struct lvm_refusal why_not_striped(const struct layout *layout, const struct node *volume)
{
	const struct node *group = lvm_group_of(layout, volume);
	size_t told = lvm_segments_told(volume);
	bool linear = true;

	for (size_t i = 0; i < told; i++) {
		if (strcmp(lvm_segment_text(volume, i, "type"), "striped"))
			return (struct lvm_refusal){ N_("it has a segment of the kind %s"), lvm_segment_text(volume, i, "type") };
		if (!group || !has_good_stripes(layout, group, volume, i))
			return contradiction;
		linear &= lvm_segment_number(volume, i, "stripe_count") == 1;
	}
	return !told || (!linear && told < node_number(volume, "segments")) ? (struct lvm_refusal){ N_("its segments are not known"), NULL } : none;
}

/* ---- volumes of volumes ---- */

/* Whether the list KEY names COUNT linear volumes that VOLUME is made of, each once. */
static bool has_parts(const struct layout *layout, const struct node *volume, const char *key, uint64_t count)
{
	AUTO_STRV char **names = NULL;

	if (lvm_segment_names(volume, 0, key, &names) < 0 || !count || strv_length(names) != count)
		return false;
	for (char **name = names; *name; name++) {
		const struct node *part = lvm_part(layout, volume, *name);

		if (!part || !lvm_is_kind(part, "linear"))
			return false;
		for (char **before = names; before < name; before++)
			if (!strcmp(*before, *name))
				return false;
	}
	return true;
}

static bool is_one_segment(const struct node *volume)
{
	return node_number(volume, "segments") == 1 && lvm_segment_number(volume, 0, "extent_count");
}

/* Each of its devices is a volume, beside which a small one keeps its state; raid0 may do without. */
static struct lvm_refusal why_not_raid(const struct layout *layout, const struct node *volume)
{
	uint64_t devices = lvm_segment_number(volume, 0, "device_count");

	if (!devices)
		devices = lvm_segment_number(volume, 0, "stripe_count");
	if (!is_one_segment(volume) || devices > LAYOUT_ON_LIMIT ||
	    (!has_parts(layout, volume, "raids", 2 * devices) && !has_parts(layout, volume, "raid0_lvs", 2 * devices) &&
	     !has_parts(layout, volume, "raid0_lvs", devices)))
		return contradiction;
	return none;
}

static struct lvm_refusal why_not_mirror(const struct layout *layout, const struct node *volume)
{
	const char *log = lvm_segment_text(volume, 0, "mirror_log");

	if (!is_one_segment(volume) || !has_parts(layout, volume, "mirrors", lvm_segment_number(volume, 0, "mirror_count")) ||
	    (log && (!lvm_part(layout, volume, log) || !lvm_is_kind(lvm_part(layout, volume, log), "linear"))))
		return contradiction;
	return none;
}

static struct lvm_refusal why_not_pool(const struct layout *layout, const struct node *volume)
{
	uint64_t chunk = lvm_segment_number(volume, 0, "chunk_size");
	const struct node *data = lvm_part(layout, volume, lvm_segment_text(volume, 0, "pool"));
	const struct node *metadata = lvm_part(layout, volume, lvm_segment_text(volume, 0, "metadata"));

	if (!is_one_segment(volume) || !chunk || chunk % 512 || !data || data->size < chunk || data->size != volume->size || !metadata ||
	    lvm_is_kind(data, "thin") || lvm_is_kind(metadata, "thin"))
		return contradiction;
	if (lvm_is_kind(metadata, "linear") || lvm_is_kind(metadata, "raid1"))
		return none;
	return (struct lvm_refusal){ N_("Lifeboat does not recreate thin pools whose metadata lie on a volume of the kind %s"),
				     node_property(metadata, "kind") };
}

static struct lvm_refusal why_not_thin(const struct layout *layout, const struct node *volume)
{
	uint64_t device = lvm_segment_number(volume, 0, "device_id");

	if (volume_is_snapshot(volume))
		return (struct lvm_refusal){ N_("it is a snapshot, which shows its origin as it was before"), NULL };
	if (lvm_segment_text(volume, 0, "external_origin"))
		return (struct lvm_refusal){ N_("Lifeboat does not recreate thin volumes with an external origin"), NULL };
	if (!is_one_segment(volume) || !device || device >= 1 << 24 || !lvm_part(layout, volume, lvm_segment_text(volume, 0, "thin_pool")))
		return contradiction;
	return none;
}

static struct lvm_refusal why_not_cached(const struct layout *layout, const struct node *volume)
{
	return lvm_source(layout, volume) == volume ? contradiction : none;
}

static struct lvm_refusal why_not_snapshot(const struct layout *layout, const struct node *volume)
{
	(void)layout;
	(void)volume;
	return (struct lvm_refusal){ N_("it is a snapshot, which shows its origin as it was before"), NULL };
}

static struct lvm_refusal why_not_cache(const struct layout *layout, const struct node *volume)
{
	(void)layout;
	(void)volume;
	return (struct lvm_refusal){ N_("it is a cache, which holds nothing but copies"), NULL };
}

struct lvm_refusal lvm_why_not_kind(const struct layout *layout, const struct node *volume)
{
	static const struct {
		const char *kind;
		bool whole;      /* the whole word */
		struct lvm_refusal (*why_not)(const struct layout *layout, const struct node *volume);
	} kinds[] = {
		{ "linear", true, why_not_striped }, { "striped", true, why_not_striped },   { "raid", false, why_not_raid },
		{ "mirror", true, why_not_mirror },  { "thin-pool", true, why_not_pool },    { "thin", true, why_not_thin },
		{ "cache", true, why_not_cached },   { "writecache", true, why_not_cached }, { "snapshot", true, why_not_snapshot },
		{ "cache-pool", true, why_not_cache },
	};
	const char *kind = node_property(volume, "kind");

	for (size_t i = 0; kind && i < ARRAY_LENGTH(kinds); i++)
		if (!(kinds[i].whole ? strcmp(kind, kinds[i].kind) : strncmp(kind, kinds[i].kind, strlen(kinds[i].kind))))
			return kinds[i].why_not(layout, volume);
	return (struct lvm_refusal){ N_("Lifeboat cannot recreate logical volumes of the kind %s"), kind ? kind : sentence_words(N_("unknown")) };
}

bool lvm_is_spare(const struct node *volume)
{
	const char *end = volume->label ? strstr(volume->label, "_pmspare") : NULL;

	return end && !end[strlen("_pmspare")];
}
