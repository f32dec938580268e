/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looks at the target disks once more before an end is called good: boot loaders, mkfs of other partitions and whatever else ran since
 * may have changed what was there when its action had ended. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "../layout/differences.h"
#include "../probe/probe.h"
#include "../storage/actions.h"
#include "../storage/hold.h"
#include "../storage/mounted.h"
#include "plan.h"
#include "plan_parts.h"

/* Tables, filesystems and swap spaces; mounts are seen by their files. */
static int look_at_actions(struct context *ctx, const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct action *action = &plan->actions[i];
		bool looked_at = action->type->destructive && action->type->done;
		int there = looked_at ? action->type->done(ctx, &plan->target, action) : 1;
		AUTO_FREE char *text = there > 0 ? NULL : plan_action_text(plan, action);

		if (there < 0)
			return there;
		if (!there)
			return context_fail(ctx, EIO, "Something overwrote what was made on %s: the result of this step is no longer there: %s",
					    action->node->device ? action->node->device : action->node->id, text ? text : "");
	}
	return 0;
}

/* Where writing back failed since it was mounted, whoever heard of it. */
static int sync_mounts(struct context *ctx, const struct plan *plan)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < plan->count; i++)
		if (plan->actions[i].top >= 0)
			r = mounted_sync(ctx, plan->actions[i].top, layout_filesystem_of(plan->target.result, plan->actions[i].node),
					 plan->actions[i].node->mount.path);
	return r;
}

int plan_check_result(struct context *ctx, const struct plan *plan)
{
	int r = hold_check_all(ctx, &plan->target);

	if (r == 0)
		r = sync_mounts(ctx, plan);
	return r < 0 || !plan->target.hold_count ? r : look_at_actions(ctx, plan);
}

static bool is_same_subvolume(const struct layout *captured, const struct node *saved, const struct layout *present, const struct node *now)
{
	const struct node *before, *after;

	if (saved->type != NODE_SUBVOLUME || strcmp(saved->subvolume.path, now->subvolume.path))
		return false;
	before = layout_filesystem_of(captured, saved);
	after = layout_filesystem_of(present, now);
	return before && after && before->uuid && after->uuid && !strcasecmp(before->uuid, after->uuid);
}

/* Subvolumes are made read-only when nothing of the new system is mounted any more (subvolumes_seal()). */
static void seal_on_paper(const struct layout *captured, struct layout *present)
{
	for (size_t i = 0; i < present->count; i++)
		for (size_t j = 0; present->nodes[i]->type == NODE_SUBVOLUME && j < captured->count; j++)
			if (is_same_subvolume(captured, captured->nodes[j], present, present->nodes[i]))
				present->nodes[i]->subvolume.read_only = captured->nodes[j]->subvolume.read_only;
}

/* A setting that differs costs no file: that it cannot be told, either. */
int plan_differences(struct context *ctx, const struct plan *plan, char ***lines)
{
	AUTO_FREE const char **devices = calloc(plan->target.hold_count + 1, sizeof(*devices));
	AUTO_LAYOUT struct layout *present = NULL;
	struct probe_options options = { .devices = devices, .only_devices = true };
	int r;

	if (!devices)
		return context_oom(ctx);
	for (size_t i = 0; i < plan->target.hold_count; i++)
		devices[i] = plan->target.holds[i].disk->device;
	r = plan->target.hold_count ? layout_probe(ctx, &options, &present) : 0;
	if (r < 0 || !present)
		return r;
	seal_on_paper(plan->target.wanted, present);
	return layout_differences(plan->target.wanted, present, false, lines) < 0 ? context_oom(ctx) : 0;
}
