/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lvm_segments.h"

#include <errno.h>
#include <string.h>

size_t lvm_segments_told(const struct node *volume)
{
	size_t told = 0;

	while (lvm_segment_text(volume, told, "type"))
		told++;
	return told;
}

/* Whether NAME is "segment_NUMBER_KEY". Written without snprintf(): it is asked for each volume as often as something is laid out. */
static bool is_of_segment(const char *name, size_t number, const char *key)
{
	static const char prefix[] = "segment_";
	size_t found = 0;

	if (strncmp(name, prefix, sizeof(prefix) - 1))
		return false;
	name += sizeof(prefix) - 1;
	if (*name == '0')
		return number == 0 && name[1] == '_' && !strcmp(name + 2, key);
	for (; *name >= '0' && *name <= '9' && found <= number; name++)
		found = found * 10 + (size_t)(*name - '0');
	return found == number && number && *name == '_' && !strcmp(name + 1, key);
}

const char *lvm_segment_text(const struct node *volume, size_t number, const char *key)
{
	for (size_t i = 0; i < volume->property_count; i++)
		if (is_of_segment(volume->properties[i].key, number, key))
			return volume->properties[i].value;
	return NULL;
}

uint64_t lvm_segment_number(const struct node *volume, size_t number, const char *key)
{
	const char *text = lvm_segment_text(volume, number, key);
	uint64_t value;

	return text && parse_u64(text, &value) ? value : 0;
}

int lvm_segment_names(const struct node *volume, size_t number, const char *key, char ***ret)
{
	const char *list = lvm_segment_text(volume, number, key);
	AUTO_FREE char *text = list ? strdup(list) : NULL;
	AUTO_STRV char **names = NULL;
	char *save = NULL;

	if (list && !text)
		return -ENOMEM;
	for (char *word = text ? strtok_r(text, " ", &save) : NULL; word; word = strtok_r(NULL, " ", &save)) {
		word[strcspn(word, ":")] = '\0';
		if (strv_append(&names, word) < 0)
			return -ENOMEM;
	}
	*ret = TAKE_POINTER(names);
	return 0;
}

bool lvm_has_word(const char *text, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = text ? strstr(text, word) : NULL; at; at = strstr(at + 1, word))
		if ((at == text || at[-1] == ' ') && (!at[length] || at[length] == ' '))
			return true;
	return false;
}

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

const struct node *lvm_part(const struct layout *layout, const struct node *volume, const char *name)
{
	for (char **id = volume->on; name && id && *id; id++) {
		const struct node *part = layout_find(layout, *id);

		if (part && part->type == NODE_LV && part->label && !strcmp(part->label, name))
			return part;
	}
	return NULL;
}

bool lvm_is_kind(const struct node *volume, const char *kind)
{
	const char *text = node_property(volume, "kind");

	return text && !strncmp(text, kind, strlen(kind));
}

bool lvm_is_pool_data(const struct node *above, const struct node *volume)
{
	const char *data = lvm_is_kind(above, "thin-pool") ? lvm_segment_text(above, 0, "pool") : NULL;

	return data && volume->label && !strcmp(data, volume->label);
}

const struct node *lvm_source(const struct layout *layout, const struct node *volume)
{
	const char *kind = node_property(volume, "kind");
	const struct node *origin = kind && (!strcmp(kind, "cache") || !strcmp(kind, "writecache"))
					    ? lvm_part(layout, volume, lvm_segment_text(volume, 0, "origin")) : NULL;

	return origin ? origin : volume;
}
