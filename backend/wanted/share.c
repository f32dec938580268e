/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "share.h"

#include <string.h>

#include "../layout/image.h"

static bool carries_start(const struct layout *wanted, const struct node *disk)
{
	const struct node *boot = layout_boot(wanted);

	return boot && layout_lies_on(wanted, boot, disk);
}

/* The disk of WANTED that keeps the target that PAIRS gives DISK. */
static const struct node *keeper_of(const struct layout *wanted, json_t *pairs, const struct node *disk)
{
	json_t *target = json_object_get(pairs, disk->id);
	const struct node *first = NULL;

	for (size_t i = 0; i < wanted->count; i++) {
		const struct node *other = wanted->nodes[i];

		if (other->type != NODE_DISK || !json_is_string(target) || !json_equal(json_object_get(pairs, other->id), target))
			continue;
		if (carries_start(wanted, other))
			return other;
		first = first ? first : other;
	}
	return first;
}

int share_settle(struct context *ctx, const struct layout *wanted, json_t *wishes, json_t *pairs, json_t **ret_wishes, json_t **ret_pairs)
{
	json_auto_t *shared = wishes ? json_deep_copy(wishes) : json_object(), *kept = json_deep_copy(pairs);
	int r = shared && kept ? 0 : -1;

	for (size_t i = 0; r == 0 && json_is_object(pairs) && i < wanted->count; i++) {
		const struct node *disk = wanted->nodes[i], *keeper = disk->type == NODE_DISK ? keeper_of(wanted, pairs, disk) : NULL;

		if (!keeper || keeper == disk)
			continue;
		if (!json_object_get(shared, disk->id))
			r = json_object_set_new(shared, disk->id, json_object());
		if (r == 0)
			r = json_object_set_new(json_object_get(shared, disk->id), "onto", json_string(keeper->id));
		json_object_del(kept, disk->id);
	}
	if (r < 0)
		return context_oom(ctx);
	*ret_wishes = json_incref(shared);
	*ret_pairs = json_incref(kept);
	return 0;
}

json_t *share_forget(json_t *wishes, json_t *before)
{
	json_t *kept = wishes ? json_deep_copy(wishes) : json_object(), *wish;
	const char *id;
	void *next;

	json_object_foreach_safe(kept, next, id, wish) {
		if (!json_object_get(wish, "onto") || json_object_get(json_object_get(before, id), "onto"))
			continue;
		json_object_del(wish, "onto");
		if (json_object_size(wish) == 0)
			json_object_del(kept, id);
	}
	return kept;
}

/* Whether a machine without DISK would lack something. */
static bool is_missed(const struct layout *wanted, const struct node *disk)
{
	for (size_t i = 0; i < wanted->count; i++) {
		const struct node *node = wanted->nodes[i];

		if (((node->type == NODE_MOUNT && !node->mount.empty) || node_image(node)) && layout_lies_on(wanted, node, disk))
			return true;
	}
	return false;
}

static const char *target_in(const struct disk_map *map, const struct node *disk)
{
	for (size_t i = 0; map && i < map->count; i++)
		if (!strcmp(map->pairs[i].source, disk->id))
			return map->pairs[i].target;
	return NULL;
}

json_t *share_pairs(const struct layout *wanted, const struct disk_map *map, const struct node *host)
{
	json_t *pairs = map ? disk_map_to_json(map) : json_object();
	const char *target = map ? target_in(map, host) : "";
	size_t shared = 0;

	for (size_t i = 0; pairs && target && i < wanted->count; i++) {
		const struct node *disk = wanted->nodes[i];

		if (disk->type != NODE_DISK || target_in(map, disk) || !is_missed(wanted, disk))
			continue;
		json_object_set_new(pairs, disk->id, json_string(target));
		shared += disk != host;
	}
	if (shared)
		return pairs;
	json_decref(pairs);
	return NULL;
}
