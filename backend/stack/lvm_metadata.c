/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lvm_metadata.h"

#include <errno.h>
#include <string.h>

#include "../superblocks/lvm_text.h"
#include "lvm_rules.h"
#include "../layout/lvm_segments.h"

/* How the text has a value; of sectors the layout has the bytes. */
enum form { NUMBER, SECTORS, TEXT, LIST };

struct setting {
	const char *key;
	enum form form;
};

/* What LVM writes (lib/format_text/export.c, and each lib/<kind>/ of its own segments). */
static const struct setting group_settings[] = {
	{ "seqno", NUMBER },           { "format", TEXT },   { "status", LIST },  { "flags", LIST },    { "tags", LIST },
	{ "system_id", TEXT },         { "extent_size", SECTORS }, { "max_lv", NUMBER }, { "max_pv", NUMBER }, { "allocation_policy", TEXT },
	{ "profile", TEXT },           { "metadata_copies", NUMBER },
};
static const struct setting pv_settings[] = {
	{ "status", LIST }, { "flags", LIST }, { "tags", LIST }, { "pe_start", SECTORS }, { "pe_count", NUMBER },
};
static const struct setting volume_settings[] = {
	{ "status", LIST },     { "flags", LIST },          { "tags", LIST },         { "creation_time", NUMBER }, { "creation_host", TEXT },
	{ "profile", TEXT },    { "allocation_policy", TEXT }, { "read_ahead", NUMBER }, { "major", NUMBER },         { "minor", NUMBER },
};
static const struct setting segment_settings[] = {
	{ "start_extent", NUMBER },  { "extent_count", NUMBER },       { "type", TEXT },          { "tags", LIST },
	{ "device_count", NUMBER },  { "stripe_count", NUMBER },       { "stripe_size", SECTORS }, { "region_size", SECTORS },
	{ "data_copies", NUMBER },   { "writebehind", NUMBER },        { "min_recovery_rate", NUMBER }, { "max_recovery_rate", NUMBER },
	{ "raids", LIST },           { "raid0_lvs", LIST },            { "mirror_count", NUMBER }, { "mirror_log", TEXT },
	{ "mirrors", LIST },         { "metadata", TEXT },             { "pool", TEXT },          { "thin_pool", TEXT },
	{ "transaction_id", NUMBER }, { "chunk_size", SECTORS },       { "discards", TEXT },      { "zero_new_blocks", NUMBER },
	{ "crop_metadata", NUMBER }, { "device_id", NUMBER },
};

/* VALUE is stolen; NULL: no memory. 0, -EINVAL where the name is taken. */
static int put(json_t *section, const char *name, json_t *value)
{
	bool taken = json_object_get(section, name);

	if (taken)
		json_decref(value);
	return taken ? -EINVAL : json_object_set_new_nocheck(section, name, value) ? -ENOMEM : 0;
}

static int put_text(json_t *section, const char *name, const char *text)
{
	return put(section, name, json_string_nocheck(text));
}

static int put_number(json_t *section, const char *name, uint64_t number)
{
	return number > INT64_MAX ? -EINVAL : put(section, name, json_integer((json_int_t)number));
}

/* WORD of a list: "name", or "name:number" as two values. */
static int append_word(json_t *list, char *word)
{
	char *colon = strrchr(word, ':');
	uint64_t number = 0;

	/* Tags may have a colon, too. */
	if (colon && parse_u64(colon + 1, &number) && number <= INT64_MAX)
		*colon = '\0';
	else
		colon = NULL;
	if (json_array_append_new(list, json_string_nocheck(word)))
		return -ENOMEM;
	return colon && json_array_append_new(list, json_integer((json_int_t)number)) ? -ENOMEM : 0;
}

static int put_list(json_t *section, const char *name, const char *text, bool numbers)
{
	AUTO_FREE char *words = strdup(text);
	json_t *list = json_array();
	char *save = NULL;
	int r = words && list ? 0 : -ENOMEM;

	for (char *word = r ? NULL : strtok_r(words, " ", &save); !r && word; word = strtok_r(NULL, " ", &save))
		r = numbers ? append_word(list, word) : json_array_append_new(list, json_string_nocheck(word)) ? -ENOMEM : 0;
	if (!r)
		return put(section, name, list);
	json_decref(list);
	return r;
}

static int put_setting(json_t *section, const struct setting *setting, const char *value)
{
	uint64_t number;

	if (setting->form == TEXT)
		return put_text(section, setting->key, value);
	if (setting->form == LIST)
		return put_list(section, setting->key, value, !strcmp(setting->key, "mirrors"));
	if (!parse_u64(value, &number) || (setting->form == SECTORS && number % LVM_SECTOR))
		return -EINVAL;
	return put_number(section, setting->key, setting->form == SECTORS ? number / LVM_SECTOR : number);
}

/* Those of the COUNT settings that NODE has as "PREFIXkey". */
static int put_settings(json_t *section, const struct node *node, const char *prefix, const struct setting *settings, size_t count)
{
	int r = 0;

	for (size_t i = 0; !r && i < count; i++) {
		AUTO_FREE char *name = text_format("%s%s", prefix, settings[i].key);
		const char *value = name ? node_property(node, name) : NULL;

		if (!name)
			return -ENOMEM;
		if (value)
			r = put_setting(section, &settings[i], value);
	}
	/* LVM wants an empty list. */
	if (!r && !*prefix && !json_object_get(section, "flags"))
		r = put(section, "flags", json_array());
	return r;
}

static int put_pv(json_t *section, const struct node *pv, size_t number)
{
	AUTO_FREE char *name = text_format("pv%zu", number);
	json_t *volume = json_object();
	int r = name ? put(section, name, volume) : -ENOMEM;

	if (!name)
		json_decref(volume);
	if (!r)
		r = put_text(volume, "id", pv->uuid);
	/* A hint of LVM's, which it writes itself. */
	if (!r)
		r = put_text(volume, "device", "unknown");
	return r ? r : put_settings(volume, pv, "", pv_settings, ARRAY_LENGTH(pv_settings));
}

/* A new section "segmentN" of VOLUME; borrowed. */
static int add_segment(json_t *volume, size_t number, json_t **ret)
{
	AUTO_FREE char *name = text_format("segment%zu", number + 1);

	*ret = name ? json_object() : NULL;
	return name ? put(volume, name, *ret) : -ENOMEM;
}

static int put_stripes(json_t *section, const struct lvm_segment *segment)
{
	json_t *stripes = json_array();
	int r = put(section, "stripes", stripes);

	for (size_t i = 0; !r && i < segment->stripe_count; i++) {
		AUTO_FREE char *name = text_format("pv%zu", segment->pvs[i]);

		if (!name || json_array_append_new(stripes, json_string(name)) || json_array_append_new(stripes, json_integer(segment->starts[i])))
			return -ENOMEM;
	}
	return r;
}

/* The segments as they were laid out. */
static int put_extents(json_t *volume, const struct lvm_volume_extents *extents)
{
	uint64_t start = 0;
	int r = put_number(volume, "segment_count", extents->count);

	for (size_t i = 0; !r && i < extents->count; i++) {
		const struct lvm_segment *segment = &extents->segments[i];
		uint64_t length = (uint64_t)segment->length * segment->stripe_count;
		json_t *section;

		r = add_segment(volume, i, &section);
		if (!r)
			r = put_number(section, "start_extent", start);
		if (!r)
			r = put_number(section, "extent_count", length);
		if (!r)
			r = put_text(section, "type", "striped");
		if (!r)
			r = put_number(section, "stripe_count", segment->stripe_count);
		if (!r && segment->stripe_count > 1)
			r = put_number(section, "stripe_size", segment->stripe_size);
		if (!r)
			r = put_stripes(section, segment);
		start += length;
	}
	return r;
}

/* Those of a volume that is made of others, as they were. */
static int put_segments(json_t *volume, const struct node *node)
{
	size_t told = lvm_segments_told(node);
	int r = told == node_number(node, "segments") ? put_number(volume, "segment_count", told) : -EINVAL;

	for (size_t i = 0; !r && i < told; i++) {
		AUTO_FREE char *prefix = text_format("segment_%zu_", i);
		json_t *section;

		r = prefix ? add_segment(volume, i, &section) : -ENOMEM;
		if (!r)
			r = put_settings(section, node, prefix, segment_settings, ARRAY_LENGTH(segment_settings));
	}
	return r;
}

/* NODE with the segments of SOURCE. */
static int put_volume(json_t *section, const struct node *node, const struct node *source, const struct lvm_volume_extents *extents)
{
	json_t *volume = json_object();
	int r = put(section, node->label, volume);

	if (!r)
		r = put_text(volume, "id", node->uuid);
	if (!r)
		r = put_settings(volume, node, "", volume_settings, ARRAY_LENGTH(volume_settings));
	return r ? r : extents ? put_extents(volume, extents) : put_segments(volume, source);
}

static int put_group(json_t *section, const struct layout *layout, const struct node *group, const struct lvm_extents *extents)
{
	json_t *pvs = json_object(), *volumes = json_object();
	const struct node *volume;
	int r = put_text(section, "id", group->uuid), put_pvs, put_volumes;

	if (!r)
		r = put_settings(section, group, "", group_settings, ARRAY_LENGTH(group_settings));
	put_pvs = put(section, "physical_volumes", pvs);
	put_volumes = put(section, "logical_volumes", volumes);
	if (!r)
		r = put_pvs ? put_pvs : put_volumes;
	for (size_t i = 0; !r && group->on[i]; i++)
		r = put_pv(pvs, layout_find(layout, group->on[i]), i);
	for (size_t at = 0; !r && (volume = lvm_next_volume(layout, group, &at));)
		if (lvm_is_made(layout, volume) && !lvm_is_absorbed(layout, volume))
			r = put_volume(volumes, volume, lvm_source(layout, volume), lvm_extents_of(extents, lvm_source(layout, volume)));
	return r;
}

int lvm_metadata(const struct layout *layout, const struct node *group, const struct lvm_extents *extents, char **ret)
{
	json_t *root = json_object(), *section = json_object();
	int r = put_text(root, "contents", "Text Format Volume Group"), put_section;

	if (!r)
		r = put_number(root, "version", 1);
	put_section = put(root, group->label, section);
	if (!r)
		r = put_section;
	if (!r)
		r = put_group(section, layout, group, extents);
	if (!r)
		r = lvm_text_print(root, ret);
	json_decref(root);
	return r;
}
