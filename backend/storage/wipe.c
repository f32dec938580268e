/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Erases a target disk: signatures and edges of its old partitions, then of itself, and lets the kernel forget the
 * partitions. What lay in between is not overwritten.
 */
#include <errno.h>
#include <string.h>

#include "../core/ops.h"
#include "actions.h"
#include "device.h"
#include "hold.h"

static int wipe_check(struct context *ctx, const struct target *target, const struct action *action)
{
	(void)target;
	if (action->disks[0]->disk.read_only) {
		AUTO_FREE char *name = node_describe(action->disks[0]);

		return context_fail(ctx, EROFS, "The disk (%s) is write-protected", name ? name : action->disks[0]->id);
	}
	return 0;
}

static char *wipe_print(const struct target *target, const struct action *action)
{
	AUTO_FREE char *name = node_describe(action->disks[0]);

	(void)target;
	return name ? sentence("Erase everything on %s (now %s)", name, action->disks[0]->device) : NULL;
}

struct wipe_work {
	const struct target *target;
	const struct action *action;
};

/* All through the whole disk's descriptor: held alone, it cannot be open for part of the work and busy for the rest. */
static int wipe_change(struct context *ctx, void *data)
{
	const struct wipe_work *work = data;
	const struct node *disk = work->action->disks[0];
	const struct node *partition;
	bool partitioned = work->action->node->disk.table;
	AUTO_CLOSE int fd = -1, shared = -1;
	int r = hold_open(ctx, work->target, work->action->node, &shared);

	if (!r)
		r = device_forget_mappings(ctx, shared, disk->device);
	if (!r)
		r = hold_reopen_alone(ctx, shared, disk->device, &fd);

	for (size_t at = 0; !r && (partition = layout_next_child(work->target->present, disk->id, NODE_PARTITION, &at));) {
		bool extended = partition->partition.role && !strcmp(partition->partition.role, "extended");

		partitioned = true;
		if (!extended && partition->size)
			r = device_wipe(ctx, fd, disk->device, partition->partition.start, partition->size);
	}
	if (!r)
		r = device_wipe(ctx, fd, disk->device, 0, 0);
	/* A disk that had partitions, or gets some, must be able to; a bare one need not. */
	return r || !partitioned ? r : device_reread(ctx, fd, disk->device);
}

static int wipe_run(struct context *ctx, struct target *target, struct action *action)
{
	struct wipe_work work = { target, action };
	AUTO_FREE char *text = sentence("erase the signatures on %s", action->disks[0]->device);

	if (!text)
		return context_oom(ctx);
	return ops_of(ctx)->change(ctx, text, wipe_change, &work);
}

/* What was made after it shows that it was done. */
static bool wipe_stays(const struct action *action)
{
	(void)action;
	return true;
}

const struct action_type action_wipe = {
	.name = "wipe",
	.destructive = true,
	.check = wipe_check,
	.print = wipe_print,
	.run = wipe_run,
	.stays = wipe_stays,
};
