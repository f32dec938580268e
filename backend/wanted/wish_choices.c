/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "wish_choices.h"

#include <string.h>

#include "../core/sentence.h"
#include "../fit/fit.h"
#include "../fit/sizes.h"
#include "wishes_members.h"
#include "wishes_parts.h"
#include "wishes_spread.h"

struct choices {
	const struct layout *captured, *result;
	json_t *wishes, *rows;
	bool *told;              /* by number of the node */
	bool failed;
};

/* Subvolumes and mounts are told with their filesystem, the hidden parts of volumes not at all. */
static bool is_told(const struct node *node)
{
	return node->type != NODE_MOUNT && node->type != NODE_SUBVOLUME && !(node->type == NODE_LV && volume_is_hidden(node));
}

static json_t *paths_of(const struct layout *captured, const struct node *node)
{
	json_t *paths = json_array();

	for (size_t i = 0; i < captured->count; i++) {
		const struct node *mount = captured->nodes[i];
		AUTO_FREE char *path = NULL;

		if (mount->type != NODE_MOUNT || mount_is_private(mount) || layout_filesystem_of(captured, mount) != node)
			continue;
		path = text_printable(mount->mount.path);
		if (path)
			json_array_append_new(paths, json_string(path));
	}
	return paths;
}

/* Whether the set has files of the filesystem NODE; of an image, or of one that was not mounted, it has none. */
static bool has_files(const struct layout *captured, const struct node *node)
{
	for (size_t i = 0; i < captured->count; i++)
		if (captured->nodes[i]->type == NODE_MOUNT && layout_filesystem_of(captured, captured->nodes[i]) == node)
			return true;
	return false;
}

static bool holds_root(const struct layout *captured, const struct node *node)
{
	for (size_t i = 0; i < captured->count; i++)
		if (captured->nodes[i]->type == NODE_MOUNT && !strcmp(captured->nodes[i]->mount.path, "/"))
			return layout_lies_on(captured, captured->nodes[i], node);
	return false;
}

static json_t *kinds_of(const struct layout *captured, const struct node *node)
{
	size_t count;
	const char *const *kinds = wish_kinds(captured, node, &count);
	json_t *array = json_array();

	if (node->type == NODE_DISK && node->disk.table) {
		json_array_append_new(array, json_string("gpt"));
		json_array_append_new(array, json_string("dos"));
	}
	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, json_string(kinds[i]));
	return array;
}

/* Why NODE, which was planned in or has another table, is so; NULL: it was captured so. */
static const char *planned_note(const struct node *node)
{
	const char *why = node_property(node, PLANNED_PROPERTY);

	if (!why)
		return NULL;
	if (node->type == NODE_DISK)
		return N_("Its partition table becomes one of another kind.");
	return !strcmp(why, "uefi") ? N_("Planned in, because this machine starts by UEFI.") :
	       !strcmp(why, "bios") ? N_("Planned in, because this machine starts by BIOS.") :
				      N_("Planned in, because BIOS starts from a GPT only with it.");
}

/* What is lost by what was changed of NODE; "": nothing. New string. */
static char *note_of(const struct choices *choices, const struct node *node, const struct node *now)
{
	const struct node *content = layout_child(choices->captured, node->id, NODE_TYPE_COUNT, 0);

	if (!now && (node->type == NODE_LUKS || node->type == NODE_RAID) && content && layout_find(choices->result, content->id))
		return strdup(sentence_words(node->type == NODE_LUKS ? N_("Not made: what lies on it is no longer encrypted.") :
								       N_("Not made: what lies on it is on one disk alone, and lost with that.")));
	if (!now && node->type == NODE_DISK)
		return strdup(json_object_get(json_object_get(choices->wishes, node->id), "onto") ?
				      sentence_words(N_("It has no target disk of its own: what is on it is laid onto that of another one.")) : "");
	if (!now && node->type == NODE_FILESYSTEM && !has_files(choices->captured, node))
		return strdup(sentence_words(N_("Not made, and nothing of it is restored.")));
	if (!now)
		return strdup(sentence_words(
			node->type == NODE_FILESYSTEM ? N_("Not made: its files come back on the filesystem of the directory above.") :
			node->type == NODE_SWAP	      ? N_("Not made: this swap space will not be there.") :
							N_("Not made, nor is what lies on it.")));
	if (node->type == NODE_FILESYSTEM && strcmp(node->filesystem.kind, now->filesystem.kind))
		return sentence("Made as %s with its own settings: those of %s (features, quotas, reserved blocks) are not kept.",
				now->filesystem.kind, node->filesystem.kind);
	if (planned_note(node))
		return strdup(sentence_words(planned_note(node)));
	return node->type == NODE_FILESYSTEM && now->size < node->size ? fit_shrink_text(node, now->size) : strdup("");
}

/* What of NODE can be chosen as a number: "members" of an array, "spread" of a group; NULL: nothing. *RET_NOW: how many they are now. */
static const char *count_of(const struct choices *choices, const struct node *node, size_t *ret_now)
{
	const struct node *now = layout_find(choices->result, node->id);
	AUTO_FREE char *members = wish_members_refusal(choices->captured, node), *spread = wish_spread_refusal(choices->captured, node);
	size_t before = strv_length(node->on), count = now ? strv_length(now->on) : before;

	*ret_now = members && count > before ? count - before : members ? 0 : count;
	return !members ? "members" : !spread ? "spread" : NULL;
}

/* Puts VALUE, stolen, into ROW. */
static void set(struct choices *choices, json_t *row, const char *key, json_t *value)
{
	choices->failed |= !value || json_object_set_new(row, key, value) < 0;
}

/* NODE as it was, and as it will be. */
static void add_state(struct choices *choices, json_t *row, const struct node *node, int depth)
{
	const struct node *now = layout_find(choices->result, node->id);
	AUTO_FREE char *text = node_describe(node), *note = note_of(choices, node, now);
	bool is_new = node->type != NODE_DISK && node_property(node, PLANNED_PROPERTY);

	set(choices, row, "id", json_string(node->id));
	set(choices, row, "depth", json_integer(depth));
	set(choices, row, "type", json_string(node_type_name(node->type)));
	set(choices, row, "text", json_string(text));
	set(choices, row, "was", json_integer(is_new ? 0 : (json_int_t)node->size));
	set(choices, row, "now", now ? json_integer((json_int_t)now->size) : json_null());
	set(choices, row, "used", json_integer((json_int_t)node->used));
	set(choices, row, "paths", paths_of(choices->captured, node));
	set(choices, row, "note", json_string(note));
	if (now && now->type == NODE_FILESYSTEM)
		set(choices, row, "kind", json_string(now->filesystem.kind));
	if (node->type == NODE_DISK && node->disk.table)
		set(choices, row, "kind", json_string(node->disk.table));
}

/* What can be wished of NODE, and what was. */
static void add_wishes(struct choices *choices, json_t *row, const struct node *node)
{
	const struct layout *captured = choices->captured;
	AUTO_FREE char *refusal = wish_plain_refusal(captured, node);
	json_t *wish = json_object_get(choices->wishes, node->id);
	bool sizes = wish_sized(captured, node) == node;
	size_t counted;
	const char *count = count_of(choices, node, &counted);

	set(choices, row, "least", json_integer(sizes ? (json_int_t)sizes_least_chosen(captured, node) : 0));
	set(choices, row, "size", json_boolean(sizes));
	set(choices, row, "kinds", kinds_of(captured, node));
	set(choices, row, "drop", json_boolean(node->type != NODE_DISK && !holds_root(captured, node)));
	set(choices, row, "plain", json_boolean(!refusal));
	if (count) {
		set(choices, row, "count", json_string(count));
		set(choices, row, "counted", json_integer((json_int_t)counted));
	}
	if (wish)
		set(choices, row, "wish", json_incref(wish));
}

static void add_row(struct choices *choices, const struct node *node, int depth)
{
	json_t *row = json_object();

	if (row) {
		add_state(choices, row, node, depth);
		add_wishes(choices, row, node);
	}
	choices->failed |= !row || json_array_append_new(choices->rows, row);
}

/* Whether NODE lies on ABOVE, be it on hidden parts of it. */
static bool stands_below(const struct layout *captured, const struct node *node, const struct node *above)
{
	for (char **id = node->on; id && *id; id++) {
		const struct node *on = layout_find(captured, *id);

		while (on && on->type == NODE_LV && volume_is_hidden(on))
			on = layout_find(captured, on->on[0]);
		if (on == above)
			return true;
	}
	return false;
}

/* NODE, number I, and all that stands below it: what lies on it first of all. */
static void add_tree(struct choices *choices, size_t i, int depth)
{
	const struct layout *captured = choices->captured;
	const struct node *node = captured->nodes[i];

	choices->told[i] = true;
	add_row(choices, node, depth);
	for (size_t k = i + 1; k < captured->count; k++)
		if (!choices->told[k] && is_told(captured->nodes[k]) && stands_below(captured, captured->nodes[k], node))
			add_tree(choices, k, depth + 1);
}

json_t *wish_choices(const struct layout *captured, json_t *wishes, const struct layout *result)
{
	AUTO_FREE bool *told = calloc(captured->count + 1, sizeof(*told));
	struct choices choices = { .captured = captured, .result = result, .wishes = wishes, .rows = json_array(), .told = told };

	choices.failed = !told || !choices.rows;
	for (size_t i = 0; !choices.failed && i < captured->count; i++)
		if (!told[i] && is_told(captured->nodes[i]))
			add_tree(&choices, i, 0);
	if (!choices.failed)
		return choices.rows;
	json_decref(choices.rows);
	return NULL;
}
