/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lvm_rules.h"

#include <errno.h>
#include <string.h>

#include "../superblocks/lvm_label.h"
#include "lvm_kinds.h"
#include "../layout/lvm_segments.h"

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
	static const char *const states[] = { "CLUSTERED",
					      "EXPORTED",
					      "LOCKED",
					      "MISSING",
					      "PARTIAL",
					      "PVMOVE",
					      "RESHAPING",
					      "RESHAPE",
					      "RESHAPE_DELTA_DISKS_PLUS",
					      "RESHAPE_DELTA_DISKS_MINUS",
					      "MERGING",
					      "CONVERTING",
					      "REBUILD",
					      "LV_REBUILD" };

	const char *status = node_property(node, "status"), *flags = node_property(node, "flags");

	for (size_t i = 0; i < ARRAY_LENGTH(states); i++)
		if (lvm_has_word(status, states[i]) || lvm_has_word(flags, states[i]))
			return states[i];
	return NULL;
}

/* ---- groups ---- */

static bool are_physical_volumes(const struct layout *layout, const struct node *group)
{
	for (char **id = group->on; id && *id; id++) {
		const struct node *pv = layout_find(layout, *id);

		if (!pv || pv->type != NODE_PV || !lvm_is_uuid(pv->uuid) || find_state(pv) || !node_number(pv, "pe_start") ||
		    !node_number(pv, "pe_count"))
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

/* Of what a cached volume is made, its origin alone comes back. */
static bool is_needed(const struct layout *layout, const struct node *volume, const struct node *part)
{
	const struct node *source = lvm_source(layout, volume);

	return source == volume || source == part;
}

/* What refuses VOLUME itself, its parts not asked. */
static struct lvm_refusal find_refusal(const struct layout *layout, const struct node *volume)
{
	const char *state = find_state(volume);
	AUTO_FREE char *device = lvm_device(layout, volume);

	if (!is_name(volume->label) || !lvm_is_uuid(volume->uuid) || (!volume_is_hidden(volume) && is_reserved(volume->label)) || !device ||
	    strlen(strrchr(device, '/') + 1) > NAME_MAX_BYTES)
		return (struct lvm_refusal){ N_("LVM refuses its name or its UUID"), NULL };
	if (state || !lvm_has_word(node_property(volume, "status"), "WRITE"))
		return (struct lvm_refusal){ N_("Lifeboat cannot recreate logical volumes in the state %s"), state ? state : "READ" };
	return lvm_why_not_kind(layout, volume);
}

static bool can_make(const struct layout *layout, const struct node *volume);

/* The first part of VOLUME that cannot be made, and without which it cannot. */
static const struct node *find_refused_part(const struct layout *layout, const struct node *volume)
{
	for (char **id = volume->on; *id; id++) {
		const struct node *part = layout_find(layout, *id);

		if (part && part->type == NODE_LV && is_needed(layout, volume, part) && !can_make(layout, part))
			return part;
	}
	return NULL;
}

static bool can_make(const struct layout *layout, const struct node *volume)
{
	return !find_refusal(layout, volume).words && !find_refused_part(layout, volume);
}

bool lvm_can_make_volume(const struct layout *layout, const struct node *volume, char **ret_why)
{
	struct lvm_refusal refusal = find_refusal(layout, volume);
	const struct node *part = refusal.words ? NULL : find_refused_part(layout, volume);
	AUTO_FREE char *why = NULL;

	*ret_why = NULL;
	if (refusal.words)
		*ret_why = refusal.name ? sentence(refusal.words, refusal.name) : strdup(sentence_words(refusal.words));
	else if (part && !lvm_can_make_volume(layout, part, &why))
		*ret_why = sentence("its part %s cannot be recreated: %s", part->label ? part->label : part->id, why ? why : "");
	return !refusal.words && !part;
}

bool lvm_is_made(const struct layout *layout, const struct node *volume)
{
	const struct node *above;

	if (!can_make(layout, volume))
		return false;
	if (lvm_is_kind(volume, "thin-pool") || !volume_is_hidden(volume) || lvm_is_spare(volume))
		return true;
	for (size_t at = 0; (above = layout_next_child(layout, volume->id, NODE_LV, &at));)
		if (is_needed(layout, above, volume) && lvm_is_made(layout, above))
			return true;
	return false;
}

bool lvm_is_absorbed(const struct layout *layout, const struct node *volume)
{
	const struct node *above;

	for (size_t at = 0; (above = layout_next_child(layout, volume->id, NODE_LV, &at));)
		if (lvm_source(layout, above) == volume)
			return true;
	return false;
}

bool lvm_has_device(const struct layout *layout, const struct node *volume)
{
	return !volume_is_hidden(volume) && lvm_is_made(layout, volume);
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
