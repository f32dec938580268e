/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fit_kept.h"

#include <errno.h>
#include <string.h>

#include "../stack/raid_arguments.h"

struct keeping {
	const struct layout *wanted;
	bool *left_out;          /* by number of the node in WANTED */
	struct node **nodes;     /* the same: as it is kept; NULL: it is left out */
	struct layout *reduced;  /* arrays with fewer members */
};

static void keeping_done(struct keeping *keeping)
{
	free(keeping->left_out);
	free(keeping->nodes);
	layout_free(keeping->reduced);
}

static bool is_mapped(const struct disk_map *map, const struct node *disk)
{
	for (size_t i = 0; i < map->count; i++)
		if (!strcmp(map->pairs[i].source, disk->id))
			return map->pairs[i].target;
	return false;
}

static bool is_left_out(const struct keeping *keeping, const char *id)
{
	for (size_t i = 0; i < keeping->wanted->count; i++)
		if (!strcmp(keeping->wanted->nodes[i]->id, id))
			return keeping->left_out[i];
	return true;
}

/* Copies the properties "member_FROM_..." of NODE as "member_TO_...". 0 or -errno. */
static int copy_member(const struct node *node, size_t from, size_t to, struct node *array)
{
	AUTO_FREE char *prefix = text_format("member_%zu_", from);
	int r = prefix ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < node->property_count; i++) {
		const struct property *property = &node->properties[i];
		AUTO_FREE char *key = NULL;

		if (strncmp(property->key, prefix, strlen(prefix)))
			continue;
		key = text_format("member_%zu_%s", to, property->key + strlen(prefix));
		r = key ? node_property_set(array, key, property->value) : -ENOMEM;
	}
	return r;
}

/* 0 or -ENOMEM. */
static int copy_text(char **ret, const char *text)
{
	*ret = text ? strdup(text) : NULL;
	return text && !*ret ? -ENOMEM : 0;
}

/* NODE, an array, of the members that are kept, in *RET, of keeping->reduced. 0 or -errno. */
static int reduce(struct keeping *keeping, const struct node *node, struct node **ret)
{
	struct node *array = *ret = layout_add(keeping->reduced, NODE_RAID, node->id);
	size_t kept = 0;
	int r = !array || copy_text(&array->uuid, node->uuid) || copy_text(&array->label, node->label) ? -ENOMEM : 0;

	if (r)
		return r;
	array->size = node->size;
	array->used = node->used;
	for (size_t i = 0; r == 0 && i < node->property_count; i++)
		if (strncmp(node->properties[i].key, "member_", strlen("member_")))
			r = node_property_set(array, node->properties[i].key, node->properties[i].value);
	for (size_t i = 0; r == 0 && node->on[i]; i++) {
		if (is_left_out(keeping, node->on[i]))
			continue;
		r = strv_append(&array->on, node->on[i]);
		if (r == 0)
			r = copy_member(node, i, kept++, array);
	}
	return r;
}

/* Keeps the array number I without the members that are left out, if it can be made so. 0 or -errno. */
static int keep_array(struct keeping *keeping, size_t i)
{
	AUTO_FREE char *why = NULL;
	struct node *array;
	int r = reduce(keeping, keeping->wanted->nodes[i], &array);

	if (r < 0)
		return r;
	if (array->on && raid_can_make(array, &why)) {
		keeping->left_out[i] = false;
		keeping->nodes[i] = array;
	}
	return 0;
}

/* Decides on node I, after all that it lies on. 0 or -errno. */
static int decide(struct keeping *keeping, const struct disk_map *map, size_t i)
{
	struct node *node = keeping->wanted->nodes[i];
	bool *left_out = &keeping->left_out[i];

	*left_out = node->type == NODE_DISK && !is_mapped(map, node);
	for (char **id = node->on; id && *id && !*left_out; id++)
		*left_out = is_left_out(keeping, *id);
	keeping->nodes[i] = *left_out ? NULL : node;
	return *left_out && node->type == NODE_RAID ? keep_array(keeping, i) : 0;
}

int fit_kept(struct context *ctx, const struct layout *wanted, const struct disk_map *map, struct layout **ret)
{
	CLEANUP(keeping_done) struct keeping keeping = { .wanted = wanted, .reduced = layout_new() };
	struct layout view;
	int r;

	keeping.left_out = calloc(wanted->count + 1, sizeof(*keeping.left_out));
	keeping.nodes = calloc(wanted->count + 1, sizeof(*keeping.nodes));
	r = keeping.left_out && keeping.nodes && keeping.reduced ? 0 : -ENOMEM;
	for (size_t i = 0; r == 0 && i < wanted->count; i++)
		r = decide(&keeping, map, i);
	if (r < 0)
		return r == -ENOMEM ? context_oom(ctx) : context_fail(ctx, -r, "%s", strerror(-r));
	view = (struct layout){ .nodes = keeping.nodes };
	for (size_t i = 0; i < wanted->count; i++)
		if (keeping.nodes[i])
			view.nodes[view.count++] = keeping.nodes[i];
	r = layout_copy(ctx, &view, ret);
	/* A copy has the nodes in the same order. */
	for (size_t i = 0; !r && i < view.count; i++) {
		(*ret)->nodes[i]->sizing = view.nodes[i]->sizing;
		(*ret)->nodes[i]->percent = view.nodes[i]->percent;
		(*ret)->nodes[i]->chosen = view.nodes[i]->chosen;
	}
	return r;
}
