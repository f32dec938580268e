/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "map.h"

#include <errno.h>
#include <string.h>

#include "map_parts.h"

void proposal_done(struct proposal *proposal)
{
	for (size_t i = 0; i < proposal->count; i++)
		disk_candidates_free(proposal->sources[i].candidates, proposal->sources[i].count);
	free(proposal->sources);
	free(proposal->named);
	free(proposal->groups);
	free(proposal->reason);
}

void disk_map_free(struct disk_map *map)
{
	if (!map)
		return;
	for (size_t i = 0; i < map->count; i++) {
		free(map->pairs[i].source);
		free(map->pairs[i].target);
		free(map->pairs[i].left_out);
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

bool disk_map_is_of(const struct disk_map *map, const struct layout *wanted)
{
	for (size_t i = 0; i < map->count; i++)
		if (!layout_find(wanted, map->pairs[i].source))
			return false;
	for (size_t i = 0; i < wanted->count; i++) {
		const struct node *disk = wanted->nodes[i];
		bool found = disk->type != NODE_DISK || !layout_child(wanted, disk->id, NODE_TYPE_COUNT, 0);

		for (size_t k = 0; !found && k < map->count; k++)
			found = !strcmp(map->pairs[k].source, disk->id);
		if (!found)
			return false;
	}
	return true;
}

void proposal_doubt(struct proposal *proposal, char *reason)
{
	proposal->doubted = true;
	if (proposal->reason)
		free(reason);
	else
		proposal->reason = reason;
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

/* SOURCE: NULL for a disk that carried nothing. */
static int add_pair(struct disk_map *map, const struct node *disk, const struct source *source)
{
	struct disk_pair *pair = &map->pairs[map->count++];
	const struct node *target = source ? source->target : NULL;

	pair->source = strdup(disk->id);
	pair->target = target ? strdup(target->id) : NULL;
	pair->left_out = source && !target ? source_left_out_text(source) : NULL;
	pair->loses = source && !target && source->has_files && !source->stays;
	return pair->source && (!target || pair->target) && (!source || target || pair->left_out) ? 0 : -ENOMEM;
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
		const struct node *disk = proposal->captured->nodes[i];
		const struct source *source = NULL;

		if (disk->type != NODE_DISK)
			continue;
		for (size_t j = 0; j < proposal->count; j++)
			if (proposal->sources[j].disk == disk)
				source = &proposal->sources[j];
		r = add_pair(map, disk, source);
	}
	/* A doubt for whose sentence memory was too short is one. */
	if (!r && proposal->doubted) {
		map->reason = proposal->reason ? strdup(proposal->reason) : NULL;
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
	AUTO_FREE char *text = NULL, *saved = captured ? node_describe(captured) : NULL;

	if (!captured || captured->type != NODE_DISK)
		return context_fail(proposal->ctx, EINVAL, "\"%.64s\" is no disk of the set", id);
	if (json_is_null(value))
		return 0;
	disk = json_is_string(value) ? layout_find(proposal->present, json_string_value(value)) : NULL;
	if (!disk || disk->type != NODE_DISK)
		return context_fail(proposal->ctx, EINVAL, "what was chosen for the saved disk (%s) is no disk of this machine", saved ? saved : id);
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
	const struct source *missing;
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
	for (size_t i = 0; i < proposal.count; i++)
		targets += proposal.sources[i].target != NULL;
	r = proposal_find_missing(&proposal, &missing);
	if (r)
		return r;
	if (missing) {
		AUTO_FREE char *text = node_describe(missing->disk);

		return context_fail(ctx, EINVAL, "%s holds the system and cannot be left out", text ? text : missing->disk->id);
	}
	if (!targets)
		return context_fail(ctx, EINVAL, "no disk was chosen");
	return proposal_map(&proposal, ret);
}
