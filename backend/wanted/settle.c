/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "settle.h"

#include <errno.h>
#include <string.h>

#include "../stack/raid_arguments.h"

/* ---- variants ---- */

/* The member of WISHES for ID, an object that is there from now on. NULL when out of memory. */
static json_t *wish_of(json_t *wishes, const char *id)
{
	if (!json_object_get(wishes, id) && json_object_set_new(wishes, id, json_object()) < 0)
		return NULL;
	return json_object_get(wishes, id);
}

/* Places of ARRAY that are empty; 0 where it is not made. */
static size_t count_missing(const struct node *array)
{
	struct raid_places AUTO_RAID_PLACES places = { 0 };
	AUTO_FREE char *why = NULL;

	return array->type == NODE_RAID && raid_can_make(array, &why) && raid_places(array, &places) == 0 ? places.missing : 0;
}

/* Gives each array of WISHES that lacks members as many as it has places, unless something is wished of it. True when there is any. */
static bool complete_arrays(const struct layout *captured, json_t *wishes)
{
	bool any = false;

	for (size_t i = 0; i < captured->count; i++) {
		const struct node *array = captured->nodes[i];
		json_t *wish;

		if (!count_missing(array) || json_object_get(wishes, array->id))
			continue;
		wish = wish_of(wishes, array->id);
		any |= wish && json_object_set_new(wish, "members", json_integer((json_int_t)node_number(array, "raid_disks"))) == 0;
	}
	return any;
}

/* Puts what lies on mirrors that are plain onto their member number MEMBER. True when one has so many. */
static bool choose_members(const struct layout *captured, json_t *wishes, size_t member)
{
	bool any = false;

	for (size_t i = 0; i < captured->count; i++) {
		const struct node *array = captured->nodes[i];
		json_t *wish = json_object_get(wishes, array->id);

		if (array->type != NODE_RAID || !json_is_true(json_object_get(wish, "plain")) || member >= strv_length(array->on))
			continue;
		any |= json_object_set_new(wish, "plain", json_string(array->on[member])) == 0;
	}
	return any;
}

/* ---- which of them has disks ---- */

static bool is_whole(const struct disk_map *map, const struct layout *wanted)
{
	for (size_t i = 0; i < map->count; i++) {
		const struct node *disk = layout_find(wanted, map->pairs[i].source);

		/* One that was added serves nothing without a target. */
		if (map->pairs[i].loses || (!map->pairs[i].target && disk && !strncmp(disk->id, "disk:further.", strlen("disk:further."))))
			return false;
	}
	return true;
}

/* 1: with WISHES there is a map that leaves nothing out, and, when CERTAIN, nobody has to be asked; 0: there is none; -ENOMEM, -ECANCELED. */
static int has_map(struct context *ctx, const struct circumstances *circumstances, const struct layout *captured, const struct settle_disks *disks,
		   json_t *wishes, bool certain)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	struct circumstances now = *circumstances;
	AUTO_LAYOUT struct layout *wanted = NULL;
	struct disk_map *map = NULL;
	bool whole;
	int r;

	now.wishes = wishes;
	r = wanted_make(ctx, &now, captured, NULL, &wanted);
	if (r == 0)
		r = disk_map_propose(ctx, wanted, disks->present, disks->protected_disks, disks->targets, disks->option, &map);
	whole = r == 0 && is_whole(map, wanted) && (!certain || map->certain);
	disk_map_free(map);
	return r == -ENOMEM || r == -ECANCELED ? context_scope_keep(&scope, r) : whole;
}

int settle_wishes(struct context *ctx, const struct circumstances *circumstances, const struct layout *captured, const struct settle_disks *disks,
		  json_t **ret)
{
	json_auto_t *wishes = circumstances->wishes ? json_incref(circumstances->wishes) : json_object(), *complete = NULL;
	int r = has_map(ctx, circumstances, captured, disks, wishes, false);

	/* The first member where all else is the same. */
	for (size_t member = 1; r == 0; member++) {
		json_auto_t *other = json_deep_copy(wishes);

		if (!choose_members(captured, other, member))
			break;
		r = has_map(ctx, circumstances, captured, disks, other, false);
		if (r == 1) {
			json_decref(wishes);
			wishes = json_incref(other);
		}
	}
	complete = json_deep_copy(wishes);
	if (r >= 0 && complete_arrays(captured, complete))
		r = has_map(ctx, circumstances, captured, disks, complete, true);
	else
		r = r < 0 ? r : 0;
	if (r >= 0)
		*ret = json_incref(r == 1 ? complete : wishes);
	return r < 0 ? r : 0;
}
