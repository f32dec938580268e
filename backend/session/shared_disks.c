/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shared_disks.h"

#include <errno.h>
#include <string.h>

#include "../wanted/share.h"
#include "plan_make.h"

static bool loses_nothing(const struct disk_map *map)
{
	for (size_t i = 0; i < map->count; i++)
		if (map->pairs[i].loses)
			return false;
	return true;
}

/* What MAP says, and of the disks that WISHES lay onto others what it says of those. New reference. */
static json_t *spread_pairs(const struct disk_map *map, json_t *wishes)
{
	json_t *pairs = disk_map_to_json(map), *wish;
	const char *id;

	json_object_foreach(wishes, id, wish) {
		const char *onto = json_string_value(json_object_get(wish, "onto"));

		if (onto && !json_object_get(pairs, id) && json_object_get(pairs, onto))
			json_object_set(pairs, id, json_object_get(pairs, onto));
	}
	return pairs;
}

/* Tries the choice PAIRS: *RET_PAIRS holds it with the targets that the disks get then, where all have one. 0 or -errno with a sentence. */
static int try(struct session *s, const struct layout *wanted, const struct layout *present, json_t *pairs, json_t **ret_pairs)
{
	json_auto_t *wishes = NULL, *kept = NULL;
	AUTO_LAYOUT struct layout *joined = NULL;
	struct disk_map *map = NULL;
	int r = share_settle(s->ctx, wanted, s->chosen.wishes, pairs, &wishes, &kept);

	if (r == 0)
		r = plan_wanted(s, wishes, &joined);
	if (r == 0)
		r = plan_propose(s, joined, present, &map);
	if (r == 0 && loses_nothing(map))
		*ret_pairs = spread_pairs(map, wishes);
	disk_map_free(map);
	return r;
}

int shared_disks_propose(struct session *s, const struct layout *wanted, const struct layout *present, const struct disk_map *proposed,
			 json_t **ret_pairs)
{
	int r = 0;

	if (proposed && loses_nothing(proposed))
		return 0;
	for (size_t i = 0; r == 0 && !*ret_pairs && i < wanted->count; i++) {
		json_auto_t *pairs = wanted->nodes[i]->type == NODE_DISK ? share_pairs(wanted, proposed, wanted->nodes[i]) : NULL;
		AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);

		r = pairs ? try(s, wanted, present, pairs, ret_pairs) : 0;
		/* Another one may be large enough. */
		r = r == -ENOMEM || r == -ECANCELED ? context_scope_keep(&scope, r) : 0;
	}
	return r;
}

int shared_disks_map(struct session *s, json_t *pairs, const struct layout *wanted, const struct layout *present, struct disk_map **ret)
{
	json_auto_t *wishes = NULL, *kept = NULL;
	AUTO_LAYOUT struct layout *joined = NULL;
	int r = share_settle(s->ctx, wanted, s->chosen.wishes, pairs, &wishes, &kept);

	if (r < 0 || json_equal(wishes, s->chosen.wishes))
		return r < 0 ? r : disk_map_from_json(s->ctx, pairs, wanted, present, s->found.protected_disks, ret);
	r = plan_wanted(s, wishes, &joined);
	if (r == 0)
		r = disk_map_from_json(s->ctx, kept, joined, present, s->found.protected_disks, ret);
	if (r < 0)
		return r;
	json_decref(s->chosen.unshared);
	s->chosen.unshared = s->chosen.wishes;
	s->chosen.wishes = json_incref(wishes);
	return 0;
}
