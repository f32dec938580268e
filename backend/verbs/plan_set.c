/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan_set.h"

#include <errno.h>
#include <string.h>

#include "../devices/disks_beneath.h"
#include "../finish/drivers_foresee.h"
#include "../finish/finish.h"
#include "../finish/loader_supply.h"
#include "../machine/disk_words.h"
#include "../plan/plan.h"
#include "../probe/probe.h"
#include "../restore/room.h"
#include "../set/set.h"
#include "../wanted/settle.h"
#include "../wanted/wanted.h"
#include "../wanted/wish_choices.h"

#define DEFAULT_ROOT "/run/lifeboat/target"

/* The ids by which an answers file names the disks of this machine. */
static void tell_present(const struct plan_request *request, const struct layout *present)
{
	json_t *disks = json_array();

	for (size_t i = 0; i < present->count; i++) {
		const struct node *disk = present->nodes[i];
		AUTO_FREE char *line = disk->type == NODE_DISK ? hardware_disk_line(present, disk) : NULL;

		if (line)
			json_array_append_new(disks, json_pack("{ss, ss}", "id", disk->id, "line", line));
	}
	request->present(request->data, disks);
	json_decref(disks);
}

/* Where targets are named, other disks are not planned with, not even for a person who would have to choose them. */
static int fail_beyond_targets(struct context *ctx, const struct disk_map *map)
{
	return context_fail(ctx, ENODEV, "The disks that --target names are not enough for this set. %s", map->reason ? map->reason : "");
}

/* Which disks are erased for which. 0 or -errno with a sentence. */
static int choose_disks(struct context *ctx, const struct circumstances *circumstances, const struct layout *captured,
			const struct settle_disks *disks, struct disk_map **ret)
{
	AUTO_LAYOUT struct layout *wanted = NULL;
	int r = wanted_make(ctx, circumstances, captured, NULL, &wanted);

	if (r == 0)
		r = disk_map_propose(ctx, wanted, disks->present, disks->protected_disks, disks->targets, disks->option, ret);
	if (r == 0 && (*ret)->beyond_targets)
		return fail_beyond_targets(ctx, *ret);
	if (r == 0 && !(*ret)->certain)
		context_warn(ctx, "A person has to choose the disks: %s", (*ret)->reason ? (*ret)->reason : "");
	return r;
}

/* What a restore would ask about: a machine that would not start by its firmware. */
static void tell_firmware(struct context *ctx, const struct manifest *manifest, const struct plan *plan)
{
	AUTO_FREE char *foreseen = finish_foresee(manifest, plan);

	if (foreseen)
		context_warn(ctx, "%s", foreseen);
}

/* With the wishes that the plan has in *RET_WISHES. */
static int build(struct context *ctx, const struct plan_request *request, struct set *set, json_t **ret_wishes, struct plan **ret)
{
	const struct probe_options options = { .used = true, .devices = (const char *const *)request->devices };
	const struct layout *captured = set_manifest(set)->layout;
	AUTO_STRV char **protected_disks = NULL;
	AUTO_LAYOUT struct layout *wanted = NULL;
	const struct start start = loader_supply_start(ctx, set_manifest(set));
	struct circumstances circumstances = { .wishes = request->wishes, .start = &start };
	struct settle_disks disks = { .targets = request->targets, .option = TARGET_OPTION_PROGRAM };
	CLEANUP(cleanup_drivers_foresight) struct drivers_foresight *foresight = NULL;
	AUTO_FREE char *foreseen = NULL;
	struct layout *present = NULL;
	struct disk_map *map = NULL;
	int r = wanted_make(ctx, &circumstances, captured, NULL, &wanted);

	/* What the set lies on must not be touched. */
	if (r == 0)
		r = disks_beneath_path(ctx, set_location(set), &protected_disks);
	if (r == 0)
		r = plan_check_root(ctx, wanted);
	if (r == 0)
		r = layout_probe(ctx, &options, &present);
	if (r < 0)
		return r;
	if (request->present)
		tell_present(request, present);
	disks.present = present;
	disks.protected_disks = protected_disks;
	r = settle_wishes(ctx, &circumstances, captured, &disks, ret_wishes);
	circumstances.wishes = *ret_wishes;
	if (r == 0)
		r = choose_disks(ctx, &circumstances, captured, &disks, &map);
	if (r < 0) {
		disk_map_free(map);
		layout_free(present);
		return r;
	}
	r = plan_build(ctx, captured, *ret_wishes, &start, present, map, request->root ? request->root : DEFAULT_ROOT, ret);
	if (r == 0)
		tell_firmware(ctx, set_manifest(set), *ret);
	if (r == 0)
		r = drivers_foresight_new(ctx, *ret, &foresight);
	if (r == 0)
		r = room_check(ctx, set, *ret, &(struct index_visitor){ drivers_foresight_row, foresight });
	if (r == 0)
		r = drivers_foresee(ctx, set, foresight, &foreseen);
	if (r == 0 && foreseen)
		context_warn(ctx, "%s", foreseen);
	return r;
}

static bool is_target(const struct disk_map *map, const struct node *disk)
{
	for (size_t i = 0; i < map->count; i++)
		if (map->pairs[i].target && !strcmp(map->pairs[i].target, disk->id))
			return true;
	return false;
}

/* Marks, of a sorted layout, all that marked nodes lie on. */
static void mark_beneath(const struct layout *layout, bool *marked)
{
	for (size_t i = layout->count; i > 0; i--)
		for (char **id = marked[i - 1] ? layout->nodes[i - 1]->on : NULL; id && *id; id++)
			for (size_t k = 0; k < i - 1; k++)
				marked[k] |= !strcmp(layout->nodes[k]->id, *id);
}

/* What is on the targets of PLAN now. 0 or -errno with a sentence. */
static int copy_before(struct context *ctx, const struct plan *plan, struct layout **ret)
{
	const struct layout *present = plan->target.present;
	AUTO_FREE struct node **nodes = calloc(present->count + 1, sizeof(*nodes));
	AUTO_FREE bool *marked = calloc(present->count + 1, sizeof(*marked));
	struct layout view = { .nodes = nodes };

	if (!nodes || !marked)
		return context_oom(ctx);
	for (size_t i = 0; i < present->count; i++)
		marked[i] = present->nodes[i]->type == NODE_DISK && is_target(plan->map, present->nodes[i]);
	layout_spread(present, marked);
	mark_beneath(present, marked);
	for (size_t i = 0; i < present->count; i++)
		if (marked[i])
			nodes[view.count++] = present->nodes[i];
	return layout_copy(ctx, &view, ret);
}

/* Filesystems and swap that nothing makes leave their places empty. */
static bool comes_back(const struct plan *plan, const struct node *node)
{
	return (node->type != NODE_FILESYSTEM && node->type != NODE_SWAP) || plan_makes(plan, node);
}

/* What will be on the targets of PLAN. 0 or -errno with a sentence. */
static int copy_after(struct context *ctx, const struct plan *plan, struct layout **ret)
{
	const struct layout *result = plan->target.result;
	AUTO_FREE struct node **nodes = calloc(result->count + 1, sizeof(*nodes));
	struct layout view = { .nodes = nodes };

	if (!nodes)
		return context_oom(ctx);
	for (size_t i = 0; i < result->count; i++) {
		struct node *node = result->nodes[i];
		const struct node *shown = node;

		while (shown && (shown->type == NODE_MOUNT || shown->type == NODE_SUBVOLUME))
			shown = layout_find(result, shown->on[0]);
		if (!shown || comes_back(plan, shown))
			nodes[view.count++] = node;
	}
	return layout_copy(ctx, &view, ret);
}

static int copy_lost(struct context *ctx, const struct manifest *manifest, char ***ret)
{
	for (size_t i = 0; i < manifest->lost_count; i++)
		if (strv_append(ret, manifest->lost[i]) < 0)
			return context_oom(ctx);
	return 0;
}

int verb_plan(struct context *ctx, const struct plan_request *request, struct plan_outcome *ret)
{
	AUTO_SET struct set *set = NULL;
	AUTO_PLAN struct plan *plan = NULL;
	json_auto_t *wishes = NULL;
	int r = set_open(ctx, request->set, &set);

	*ret = (struct plan_outcome){ 0 };
	if (r == 0)
		r = build(ctx, request, set, &wishes, &plan);
	if (r == 0)
		r = copy_lost(ctx, set_manifest(set), &ret->lost);
	if (r == 0)
		r = copy_before(ctx, plan, &ret->before);
	if (r == 0)
		r = copy_after(ctx, plan, &ret->after);
	if (r < 0)
		return r;
	ret->plan = plan_to_json(plan);
	if (!ret->plan || json_object_set_new(ret->plan, "before", layout_to_json(ret->before)) ||
	    json_object_set_new(ret->plan, "after", layout_to_json(ret->after)))
		return context_oom(ctx);
	manifest_tell_lost(set_manifest(set), ret->plan);
	if (json_object_set_new(ret->plan, "wishes", json_incref(wishes)) ||
	    json_object_set_new(ret->plan, "nodes", wish_choices(plan->adapted, wishes, plan->target.result)))
		return context_oom(ctx);
	return 0;
}

void plan_outcome_done(struct plan_outcome *outcome)
{
	json_decref(outcome->plan);
	strv_free(outcome->lost);
	layout_free(outcome->before);
	layout_free(outcome->after);
}
