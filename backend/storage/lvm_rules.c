/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lvm_rules.h"

#include <errno.h>
#include <string.h>

#include "../superblocks/lvm_label.h"
#include "lvm_segments.h"

/* lib/datastruct/str_list and lvm(8), "Valid names"; the kernel takes fewer than 128 bytes (DM_NAME_LEN). */
#define NAME_SIGNS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+_.-"
#define NAME_MAX_BYTES 127

static bool is_name(const char *name)
{
	return name && *name && *name != '-' && strcmp(name, ".") && strcmp(name, "..") && strlen(name) <= NAME_MAX_BYTES &&
	       strspn(name, NAME_SIGNS) == strlen(name);
}

/* A name that LVM keeps for itself (lib/misc/lvm-string.c). */
static bool is_reserved(const char *name)
{
	static const char *const prefixes[] = { "pvmove", "snapshot" };
	static const char *const parts[] = { "_cdata",  "_cmeta", "_corig",  "_cvol",  "_iorig", "_imeta",   "_mlog",   "_mimage", "_pmspare",
					     "_rimage", "_rmeta", "_tdata",  "_tmeta", "_vdata", "_vorigin", "_wcorig" };

	for (size_t i = 0; i < ARRAY_LENGTH(prefixes); i++)
		if (!strncmp(name, prefixes[i], strlen(prefixes[i])))
			return true;
	for (size_t i = 0; i < ARRAY_LENGTH(parts); i++)
		if (strstr(name, parts[i]))
			return true;
	return false;
}

/* A state in STATUS or FLAGS of NODE in which nothing can be recreated; NULL: none. */
static const char *find_state(const struct node *node)
{
	static const char *const states[] = { "CLUSTERED", "EXPORTED", "LOCKED", "MISSING", "PARTIAL", "PVMOVE", "RESHAPING", "RESHAPE", "RESHAPE_DELTA_DISKS_PLUS",
					      "RESHAPE_DELTA_DISKS_MINUS", "MERGING", "CONVERTING", "REBUILD", "LV_REBUILD" };

	for (size_t i = 0; i < ARRAY_LENGTH(states); i++)
		if (lvm_has_word(node_property(node, "status"), states[i]) || lvm_has_word(node_property(node, "flags"), states[i]))
			return states[i];
	return NULL;
}

/* ---- groups ---- */

static bool are_physical_volumes(const struct layout *layout, const struct node *group)
{
	for (char **id = group->on; id && *id; id++) {
		const struct node *pv = layout_find(layout, *id);

		if (!pv || pv->type != NODE_PV || !lvm_is_uuid(pv->uuid) || find_state(pv) || !node_number(pv, "pe_start") || !node_number(pv, "pe_count"))
			return false;
		for (char **before = group->on; before < id; before++)
			if (!strcmp(layout_find(layout, *before)->uuid, pv->uuid))
				return false;
	}
	return group->on && *group->on;
}

bool lvm_can_make_group(const struct layout *layout, const struct node *group, char **ret_why)
{
	const char *missing = node_property(group, "missing_pv_0"), *status = node_property(group, "status"), *state = find_state(group);
	uint64_t extent = node_number(group, "extent_size");

	*ret_why = NULL;
	if (!is_name(group->label) || !lvm_is_uuid(group->uuid))
		*ret_why = sentence("LVM refuses its name or its UUID");
	else if (missing)
		*ret_why = sentence("its physical volume %s was missing when it was captured", missing);
	else if (!extent || extent % 512 || extent / 512 > UINT32_MAX)
		*ret_why = sentence("its extent size (%llu bytes) makes no sense", (unsigned long long)extent);
	else if (state || !lvm_has_word(status, "WRITE"))
		*ret_why = sentence("Lifeboat cannot recreate volume groups in the state %s", state ? state : "READ");
	else if (!are_physical_volumes(layout, group))
		*ret_why = sentence("one of its physical volumes is not known well enough");
	else if (node_property(group, "lock_type") && strcmp(node_property(group, "lock_type"), "none"))
		*ret_why = sentence("Lifeboat cannot recreate volume groups that several machines share");
	return !*ret_why;
}

/* ---- volumes ---- */

const struct node *lvm_group_of(const struct layout *layout, const struct node *volume)
{
	const struct node *on = volume->on && *volume->on ? layout_find(layout, volume->on[0]) : NULL;

	return on && on->type == NODE_LV ? lvm_group_of(layout, on) : on && on->type == NODE_VG ? on : NULL;
}

struct node *lvm_next_volume(const struct layout *layout, const struct node *group, size_t *at)
{
	while (*at < layout->count) {
		struct node *node = layout->nodes[(*at)++];

		if (node->type == NODE_LV && lvm_group_of(layout, node) == group)
			return node;
	}
	return NULL;
}

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
static char *why_not_striped(const struct layout *layout, const struct node *volume)
{
	const struct node *group = lvm_group_of(layout, volume);
	size_t told = lvm_segments_told(volume);
	bool linear = true;

	for (size_t i = 0; i < told; i++) {
		if (strcmp(lvm_segment_text(volume, i, "type"), "striped"))
			return sentence("it has a segment of the kind %s", lvm_segment_text(volume, i, "type"));
		if (!group || !has_good_stripes(layout, group, volume, i))
			return sentence("its segments contradict each other");
		linear &= lvm_segment_number(volume, i, "stripe_count") == 1;
	}
	return !told || (!linear && told < node_number(volume, "segments")) ? sentence("its segments are not known") : NULL;
}

/* What is said of kinds that are not made; NULL: nothing. */
static char *why_not_kind(const struct layout *layout, const struct node *volume)
{
	static const struct {
		const char *kind, *why;
	} kinds[] = {
		{ "linear", NULL },
		{ "striped", NULL },
		{ "snapshot", N_("it is a snapshot, which Lifeboat does not recreate: it shows its origin as it was before") },
		{ "cache", N_("Lifeboat does not recreate cached volumes") },
		{ "cache-pool", N_("Lifeboat does not recreate caches, which hold nothing but copies") },
		{ "writecache", N_("Lifeboat does not recreate cached volumes") },
	};
	const char *kind = node_property(volume, "kind");

	for (size_t i = 0; kind && i < ARRAY_LENGTH(kinds); i++)
		if (!strcmp(kinds[i].kind, kind))
			return kinds[i].why ? strdup(sentence_words(kinds[i].why)) : why_not_striped(layout, volume);
	return sentence("Lifeboat cannot recreate logical volumes of the kind %s", kind ? kind : sentence_words(N_("unknown")));
}

bool lvm_can_make_volume(const struct layout *layout, const struct node *volume, char **ret_why)
{
	const char *state = find_state(volume);
	AUTO_FREE char *device = lvm_device(layout, volume);

	*ret_why = NULL;
	if (!is_name(volume->label) || !lvm_is_uuid(volume->uuid) || (!volume_is_hidden(volume) && is_reserved(volume->label)) || !device ||
	    strlen(strrchr(device, '/') + 1) > NAME_MAX_BYTES)
		*ret_why = sentence("LVM refuses its name or its UUID");
	else if (state || !lvm_has_word(node_property(volume, "status"), "WRITE"))
		*ret_why = sentence("Lifeboat cannot recreate logical volumes in the state %s", state ? state : "READ");
	else
		*ret_why = why_not_kind(layout, volume);
	for (char **id = volume->on; !*ret_why && *id; id++) {
		const struct node *part = layout_find(layout, *id);
		AUTO_FREE char *why = NULL;

		if (part && part->type == NODE_LV && !lvm_can_make_volume(layout, part, &why))
			*ret_why = sentence("its part %s cannot be recreated: %s", part->label ? part->label : part->id, why ? why : "");
	}
	return !*ret_why;
}

bool lvm_is_made(const struct layout *layout, const struct node *volume)
{
	AUTO_FREE char *why = NULL;
	const struct node *above;

	if (!volume_is_hidden(volume))
		return lvm_can_make_volume(layout, volume, &why);
	for (size_t at = 0; (above = layout_next_child(layout, volume->id, NODE_LV, &at));)
		if (lvm_is_made(layout, above))
			return true;
	return false;
}

/* As device mapper's library names a volume: '-' doubled. */
static int append_name(struct buffer *text, const char *name)
{
	int r = 0;

	for (; !r && *name; name++)
		r = buffer_append(text, *name == '-' ? "--" : name, *name == '-' ? 2 : 1);
	return r;
}

char *lvm_device(const struct layout *layout, const struct node *volume)
{
	AUTO_BUFFER struct buffer text = { 0 };
	const struct node *group = lvm_group_of(layout, volume);

	if (!group || !group->label || !volume->label || buffer_append(&text, "/dev/mapper/", strlen("/dev/mapper/")) < 0 ||
	    append_name(&text, group->label) < 0 || buffer_append(&text, "-", 1) < 0 || append_name(&text, volume->label) < 0)
		return NULL;
	return TAKE_POINTER(text.data);
}
