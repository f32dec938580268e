/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan_set.h"

#include <errno.h>
#include <string.h>

#include "../finish/drivers_foresee.h"
#include "../machine/disk_words.h"
#include "../plan/plan.h"
#include "../plan/wishes.h"
#include "../devices/disks_beneath.h"
#include "../probe/probe.h"
#include "../restore/room.h"
#include "../set/set.h"

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
static int choose_disks(struct context *ctx, const struct plan_request *request, const struct layout *wanted, const struct layout *present,
			char *const *protected_disks, struct disk_map **ret)
{
	int r = disk_map_propose(ctx, wanted, present, protected_disks, request->targets, TARGET_OPTION_PROGRAM, ret);

	if (r == 0 && (*ret)->beyond_targets)
		return fail_beyond_targets(ctx, *ret);
	if (r == 0 && !(*ret)->certain)
		context_warn(ctx, "A person has to choose the disks: %s", (*ret)->reason ? (*ret)->reason : "");
	return r;
}

static int build(struct context *ctx, const struct plan_request *request, struct set *set, struct plan **ret)
{
	const struct probe_options options = { .used = true, .devices = (const char *const *)request->devices };
	const struct layout *captured = set_manifest(set)->layout;
	AUTO_STRV char **protected_disks = NULL;
	AUTO_LAYOUT struct layout *wanted = NULL;
	CLEANUP(cleanup_drivers_foresight) struct drivers_foresight *foresight = NULL;
	AUTO_FREE char *foreseen = NULL;
	struct layout *present = NULL;
	struct disk_map *map = NULL;
	int r = wishes_apply(ctx, request->wishes, captured, &wanted);

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
	r = choose_disks(ctx, request, wanted, present, protected_disks, &map);
	if (r < 0) {
		disk_map_free(map);
		layout_free(present);
		return r;
	}
	r = plan_build(ctx, captured, request->wishes, present, map, request->root ? request->root : DEFAULT_ROOT, ret);
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

int verb_plan(struct context *ctx, const struct plan_request *request, json_t **ret, char ***ret_lost)
{
	AUTO_SET struct set *set = NULL;
	AUTO_PLAN struct plan *plan = NULL;
	AUTO_STRV char **lost = NULL;
	int r = set_open(ctx, request->set, &set);

	if (r == 0)
		r = build(ctx, request, set, &plan);
	for (size_t i = 0; r == 0 && i < set_manifest(set)->lost_count; i++)
		r = strv_append(&lost, set_manifest(set)->lost[i]) < 0 ? context_oom(ctx) : 0;
	if (r < 0)
		return r;
	*ret = plan_to_json(plan);
	if (!*ret)
		return context_oom(ctx);
	manifest_tell_lost(set_manifest(set), *ret);
	*ret_lost = TAKE_POINTER(lost);
	return 0;
}
