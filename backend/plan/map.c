/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "map.h"

#include <errno.h>
#include <string.h>

#include "../storage/recreate.h"
#include "map_parts.h"

void proposal_done(struct proposal *proposal)
{
	for (size_t i = 0; i < proposal->count; i++)
		disk_candidates_free(proposal->sources[i].candidates, proposal->sources[i].count);
	free(proposal->sources);
	free(proposal->named);
	free(proposal->reason);
}

void disk_map_free(struct disk_map *map)
{
	if (!map)
		return;
	for (size_t i = 0; i < map->count; i++) {
		free(map->pairs[i].source);
		free(map->pairs[i].target);
	}
	free(map->pairs);
	free(map->reason);
	free(map);
}

json_t *disk_map_to_json(const struct disk_map *map)
{
	json_t *object = json_object();

	for (size_t i = 0; i < map->count; i++)
		json_object_set_new(object, map->pairs[i].source,
				    map->pairs[i].target ? json_string(map->pairs[i].target) : json_null());
	return object;
}

static bool is_essential(const struct layout *captured, const struct node *disk)
{
	for (size_t i = 0; i < captured->count; i++) {
		struct node *node = captured->nodes[i];

		if (node->type == NODE_MOUNT && is_needed_to_start(node->mount.path) && layout_disk_of(captured, node) == disk)
			return true;
	}
	return false;
}

static bool carries_something(const struct layout *captured, const struct node *disk)
{
	return disk->disk.table || disk->disk.boot_code || layout_child(captured, disk->id, NODE_TYPE_COUNT, 0);
}

int proposal_start(struct proposal *proposal, char *const *protected_disks)
{
	proposal->sources = calloc(proposal->captured->count + 1, sizeof(*proposal->sources));
	if (!proposal->sources)
		return context_oom(proposal->ctx);
	for (size_t i = 0; i < proposal->captured->count; i++) {
		struct node *disk = proposal->captured->nodes[i];
		struct source *source = &proposal->sources[proposal->count];
		int r;

		if (disk->type != NODE_DISK || !carries_something(proposal->captured, disk))
			continue;
		r = disk_candidates(proposal->ctx, proposal->captured, disk, proposal->present, protected_disks,
				    &source->candidates, &source->count);
		if (r)
			return r;
		source->disk = disk;
		source->essential = is_essential(proposal->captured, disk);
		proposal->count++;
	}
	if (!proposal->count)
		return context_fail(proposal->ctx, ENODEV,
				    "the set holds no disks, only files: they can be restored into a directory");
	return 0;
}

bool proposal_has_taken(const struct proposal *proposal, const struct node *disk)
{
	for (size_t i = 0; i < proposal->count; i++)
		if (proposal->sources[i].target == disk || proposal->sources[i].tried == disk)
			return true;
	return false;
}

const struct disk_candidate *source_candidate(const struct source *source, const struct node *disk)
{
	for (size_t i = 0; i < source->count; i++)
		if (source->candidates[i].disk == disk)
			return &source->candidates[i];
	return NULL;
}

static int add_pair(struct disk_map *map, const struct node *source, const struct node *target)
{
	struct disk_pair *pair = &map->pairs[map->count++];

	pair->source = strdup(source->id);
	pair->target = target ? strdup(target->id) : NULL;
	return pair->source && (!target || pair->target) ? 0 : -ENOMEM;
}

int proposal_map(const struct proposal *proposal, struct disk_map **ret)
{
	struct disk_map *map = calloc(1, sizeof(*map));
	int r = 0;

	if (map)
		map->pairs = calloc(proposal->captured->count + 1, sizeof(*map->pairs));
	if (!map || !map->pairs)
		r = -ENOMEM;
	for (size_t i = 0; !r && i < proposal->captured->count; i++) {
		const struct node *disk = proposal->captured->nodes[i], *target = NULL;

		if (disk->type != NODE_DISK)
			continue;
		for (size_t j = 0; j < proposal->count; j++)
			if (proposal->sources[j].disk == disk)
				target = proposal->sources[j].target;
		r = add_pair(map, disk, target);
	}
	if (!r && proposal->reason) {
		map->reason = strdup(proposal->reason);
		r = map->reason ? 0 : -ENOMEM;
	}
	if (r) {
		disk_map_free(map);
		return context_oom(proposal->ctx);
	}
	map->certain = !map->reason;
	*ret = map;
	return 0;
}

static struct source *source_of(struct proposal *proposal, const char *id)
{
	for (size_t i = 0; i < proposal->count; i++)
		if (!strcmp(proposal->sources[i].disk->id, id))
			return &proposal->sources[i];
	return NULL;
}

static int take_pair(struct proposal *proposal, const char *id, json_t *value)
{
	struct source *source = source_of(proposal, id);
	const struct node *captured = layout_find(proposal->captured, id), *disk;
	const struct disk_candidate *candidate;
	AUTO_FREE char *text = NULL;

	if (!captured || captured->type != NODE_DISK)
		return context_fail(proposal->ctx, EINVAL, "\"%.64s\" is no disk of the set", id);
	if (json_is_null(value))
		return 0;
	disk = json_is_string(value) ? layout_find(proposal->present, json_string_value(value)) : NULL;
	if (!disk || disk->type != NODE_DISK)
		return context_fail(proposal->ctx, EINVAL, "what was chosen for %s is no disk of this machine", id);
	/* A disk that was blank when it was captured needs no place. */
	if (!source)
		return 0;
	if (proposal_has_taken(proposal, disk))
		return context_fail(proposal->ctx, EINVAL, "one disk was chosen for two captured ones");
	candidate = source_candidate(source, disk);
	text = node_describe(disk);
	if (!candidate || !candidate->usable)
		return context_fail(proposal->ctx, candidate && candidate->too_small ? ENOSPC : EINVAL, "%s cannot be used. %s",
				    text ? text : disk->id, candidate ? candidate->reason : "");
	source->target = candidate->disk;
	return 0;
}

int disk_map_from_json(struct context *ctx, json_t *pairs, const struct layout *captured, const struct layout *present,
		       char *const *protected_disks, struct disk_map **ret)
{
	CLEANUP(proposal_done) struct proposal proposal = { .ctx = ctx, .captured = captured, .present = present };
	const char *id;
	json_t *value;
	size_t targets = 0;
	int r = proposal_start(&proposal, protected_disks);

	if (!r && !json_is_object(pairs))
		r = context_fail(ctx, EINVAL, "the choice of disks is no list of pairs");
	if (r)
		return r;
	json_object_foreach(pairs, id, value) {
		r = take_pair(&proposal, id, value);
		if (r)
			return r;
	}
	for (size_t i = 0; i < proposal.count; i++) {
		const struct source *source = &proposal.sources[i];
		AUTO_FREE char *text = node_describe(source->disk);

		targets += source->target != NULL;
		if (source->essential && !source->target)
			return context_fail(ctx, EINVAL, "%s holds the system and cannot be left out", text ? text : source->disk->id);
	}
	if (!targets)
		return context_fail(ctx, EINVAL, "no disk was chosen");
	return proposal_map(&proposal, ret);
}
