/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes the plan: refuses what cannot be made, solves the sizes, lists the actions, has every action check itself.
 * Reads only. */
#include <errno.h>
#include <string.h>

#include "../devices/disk_busy.h"
#include "../fit/fit.h"
#include "../layout/identity.h"
#include "../layout/image.h"
#include "../layout/lvm_segments.h"
#include "../stack/lvm_rules.h"
#include "../stack/recreate.h"
#include "../storage/actions.h"
#include "../wanted/wanted.h"
#include "plan.h"
#include "plan_parts.h"
#include "plan_warn.h"
#include "twins.h"

/* A disk may serve once only, and nothing may use it. */
static int check_targets(struct context *ctx, const struct plan *plan)
{
	size_t restored = 0;

	for (size_t i = 0; i < plan->map->count; i++) {
		const struct disk_pair *pair = &plan->map->pairs[i];
		const struct node *target = pair->target ? layout_find(plan->target.present, pair->target) : NULL;
		AUTO_FREE char *why = NULL, *name = NULL;
		const struct node *other;

		if (!pair->target)
			continue;
		restored++;
		if (!target || target->type != NODE_DISK || !target->device ||
		    !layout_find(plan->target.wanted, pair->source))
			return context_fail(ctx, ENODEV, "The disk that was chosen for %s is not there", pair->source);
		name = node_describe(target);
		other = disk_other_path(plan->target.present, target);
		if (other)
			return context_fail(ctx, ENOTUNIQ, "%s and %s are paths to one disk (%s), which nothing combines, so it will not be erased; start multipathd, "
					    "or disconnect all paths but one", target->device, other->device ? other->device : other->id, name ? name : target->id);
		for (size_t k = 0; k < i; k++)
			if (plan->map->pairs[k].target && !strcmp(plan->map->pairs[k].target, pair->target))
				return context_fail(ctx, EINVAL, "The disk (%s) was chosen twice",
						    name ? name : target->id);
		if (disk_is_busy(ctx, target, &why))
			return context_fail(ctx, EBUSY, "The disk (%s) is in use and will not be erased: %s",
					    name ? name : target->id, why ? why : sentence_words(N_("something holds it")));
	}
	return restored ? 0 : context_fail(ctx, ENODEV, "No disk was chosen to restore onto");
}

/* The present disk that takes the place of the captured one with this id; NULL: none does. */
static struct node *target_of(const struct plan *plan, const char *captured)
{
	for (size_t i = 0; i < plan->map->count; i++)
		if (!strcmp(plan->map->pairs[i].source, captured) && plan->map->pairs[i].target)
			return layout_find(plan->target.present, plan->map->pairs[i].target);
	return NULL;
}

/* Appends the present disks beneath NODE to DISKS, which has room for all, each once. */
static void gather_disks(const struct plan *plan, const struct node *node, struct node **disks)
{
	struct node *disk = node->type == NODE_DISK ? target_of(plan, node->id) : NULL;
	size_t count = 0;

	while (disks[count] && disks[count] != disk)
		count++;
	if (disk)
		disks[count] = disk;
	for (char **on = node->on; on && *on; on++) {
		const struct node *below = layout_find(plan->target.result, *on);

		if (below)
			gather_disks(plan, below, disks);
	}
}

static int add_action(struct plan *plan, const struct action_type *type, struct node *node)
{
	struct action *actions = reallocarray(plan->actions, plan->count + 1, sizeof(*actions)), *action;

	if (!actions)
		return -ENOMEM;
	plan->actions = actions;
	action = &actions[plan->count];
	*action = (struct action){ .type = type, .node = node, .top = -1 };
	action->disks = calloc(plan->map->count + 1, sizeof(struct node *));
	if (!action->disks)
		return -ENOMEM;
	plan->count++;
	gather_disks(plan, node, action->disks);
	return 0;
}

static int add_target_disks(struct plan *plan)
{
	plan->disks = calloc(plan->map->count + 1, sizeof(*plan->disks));
	if (!plan->disks)
		return -ENOMEM;
	for (size_t i = 0; i < plan->map->count; i++) {
		const struct node *disk = target_of(plan, plan->map->pairs[i].source);
		char *name = disk ? node_describe(disk) : NULL;

		if (disk && !name)
			return -ENOMEM;
		if (disk)
			plan->disks[plan->disk_count++] = (struct plan_disk){ disk, name, false };
	}
	return 0;
}

static bool is_mounted(const struct layout *layout, const struct node *filesystem)
{
	const struct node *subvolume;

	if (layout_child(layout, filesystem->id, NODE_MOUNT, 0))
		return true;
	for (size_t at = 0; (subvolume = layout_next_child(layout, filesystem->id, NODE_SUBVOLUME, &at));)
		if (layout_child(layout, subvolume->id, NODE_MOUNT, 0))
			return true;
	return false;
}

static int add_filesystem(struct context *ctx, struct plan *plan, struct node *node)
{
	AUTO_FREE char *name = node_describe(node), *why = NULL;
	int r;

	/* What was left out when it was captured is told for itself. */
	if (layout_left_out(plan->target.result, node))
		return 0;
	if (!can_recreate(plan->target.result, node, &why)) {
		context_warn(ctx, "The place of the %s stays empty: %s", name ? name : node->id, why ? why : "out of memory");
		return 0;
	}
	if (node_image(node))
		return add_action(plan, &action_image, node);
	if (!is_mounted(plan->target.result, node))
		context_warn(ctx, "The files of the %s are not in the set: it comes back empty", name ? name : node->id);
	r = add_action(plan, &action_filesystem, node);
	if (!r && !strcmp(node->filesystem.kind, "btrfs") && layout_child(plan->target.result, node->id, NODE_SUBVOLUME, 0))
		r = add_action(plan, &action_subvolumes, node);
	return r;
}

static int add_disk(struct plan *plan, struct node *disk)
{
	int r;

	/* A captured disk without anything on it asks nothing of its target. */
	if (!disk->disk.table && !layout_child(plan->target.result, disk->id, NODE_TYPE_COUNT, 0))
		return 0;
	r = add_action(plan, &action_wipe, disk);
	return r || !disk->disk.table ? r : add_action(plan, &action_table, disk);
}

/* What is made by one action, or leaves its place empty. */
static int add_made(struct context *ctx, struct plan *plan, struct node *node)
{
	static const struct action_type *const types[NODE_TYPE_COUNT] = {
		[NODE_RAID] = &action_raid,
		[NODE_LUKS] = &action_luks,
		[NODE_VG] = &action_lvm,
		[NODE_SWAP] = &action_swap,
	};
	AUTO_FREE char *why = NULL;

	(void)ctx;
	return can_recreate(plan->target.result, node, &why) ? add_action(plan, types[node->type], node) : 0;
}

/* With its table, where it has partitions of its own. */
static int add_array(struct context *ctx, struct plan *plan, struct node *array)
{
	size_t before = plan->count;
	int r = add_made(ctx, plan, array);

	return r || plan->count == before || !node_table(array) ? r : add_action(plan, &action_table, array);
}

/* Also says which volumes of a group are not quite as they were. */
static int add_group(struct context *ctx, struct plan *plan, struct node *group)
{
	const struct layout *result = plan->target.result;
	const struct node *volume;

	for (size_t at = 0; (volume = lvm_next_volume(result, group, &at));) {
		AUTO_FREE char *name = lvm_source(result, volume) != volume && lvm_is_made(result, volume) ? node_describe(volume) : NULL;

		if (name)
			context_warn(ctx, "The %s comes back without its cache, which holds nothing but copies", name);
	}
	return add_made(ctx, plan, group);
}

static int path_depth(const char *path)
{
	int depth = 0;

	for (; *path; path++)
		depth += *path == '/' && path[1];
	return depth;
}

static int compare_mounts(const void *a, const void *b)
{
	const struct node *one = *(struct node *const *)a, *two = *(struct node *const *)b;
	int depth = path_depth(one->mount.path) - path_depth(two->mount.path);

	return depth ? depth : strcmp(one->mount.path, two->mount.path);
}

/* The files of a filesystem that cannot be made come back where its mount point lies; those of the root cannot. */
static int add_mount(struct context *ctx, struct plan *plan, struct node *mount)
{
	const struct node *filesystem = layout_filesystem_of(plan->target.result, mount);
	AUTO_FREE char *why = NULL, *path = NULL;

	if (!filesystem || can_recreate(plan->target.result, filesystem, &why))
		return add_action(plan, &action_mount, mount);
	path = bytes_escape(mount->mount.path, strlen(mount->mount.path));
	context_warn(ctx, "The files of %s come back on the filesystem of the directory above", path ? path : "?");
	return 0;
}

/* A mount comes after those it lies below: the root first. */
static int add_mounts(struct context *ctx, struct plan *plan)
{
	AUTO_FREE struct node **mounts = calloc(plan->target.result->count + 1, sizeof(struct node *));
	size_t count = 0;
	int r = 0;

	if (!mounts)
		return -ENOMEM;
	for (size_t i = 0; i < plan->target.result->count; i++)
		if (plan->target.result->nodes[i]->type == NODE_MOUNT)
			mounts[count++] = plan->target.result->nodes[i];
	qsort(mounts, count, sizeof(*mounts), compare_mounts);
	if (!count || strcmp(mounts[0]->mount.path, "/"))
		return context_fail(ctx, EINVAL,
				    "The set knows no root filesystem on the disks that are restored; its files can be "
				    "restored into a directory");
	for (size_t i = 0; !r && i < count; i++)
		r = add_mount(ctx, plan, mounts[i]);
	return r;
}

/* All disks are wiped and get their tables first; then each node is made after those it lies on, which is the layout's own order; mounts come last.
 * */
static int add_actions(struct context *ctx, struct plan *plan)
{
	static int (*const add[NODE_TYPE_COUNT])(struct context *ctx, struct plan *plan, struct node *node) = {
		[NODE_RAID] = add_array,
		[NODE_LUKS] = add_made,
		[NODE_VG] = add_group,
		[NODE_FILESYSTEM] = add_filesystem,
		[NODE_SWAP] = add_made,
	};
	const struct layout *result = plan->target.result;
	int r = add_target_disks(plan);

	for (size_t i = 0; !r && i < result->count; i++)
		if (result->nodes[i]->type == NODE_DISK)
			r = add_disk(plan, result->nodes[i]);
	for (size_t i = 0; !r && i < result->count; i++) {
		struct node *node = result->nodes[i];

		if (add[node->type])
			r = add[node->type](ctx, plan, node);
	}
	if (!r)
		r = add_mounts(ctx, plan);
	return r == -ENOMEM ? context_oom(ctx) : r;
}

/* "LVM logical volume vg0/root, 4 GiB, on raid1 RAID array h:sys, 8 GiB": arrays, containers and volumes down to the first disk. New string;
 * NULL when out of memory. */
static char *stack_text(const struct layout *layout, const struct node *node)
{
	AUTO_FREE char *text = NULL;
	const struct node *below = layout_find(layout, node->on[0]);

	for (; below && below->type != NODE_DISK && below->type != NODE_PARTITION; below = layout_find(layout, below->on[0])) {
		AUTO_FREE char *name = node_describe(below), *before = NULL;

		if (below->type == NODE_PV || below->type == NODE_VG)
			continue;
		before = text;
		text = name ? text_format("%s%s%s", before ? before : "", before ? ", on " : "", name) : NULL;
		if (!text)
			return NULL;
	}
	return text ? TAKE_POINTER(text) : strdup("");
}

int plan_check_root(struct context *ctx, const struct layout *layout)
{
	for (size_t i = 0; i < layout->count; i++) {
		const struct node *mount = layout->nodes[i];
		const struct node *root = mount->type == NODE_MOUNT && !strcmp(mount->mount.path, "/") ? layout_filesystem_of(layout, mount) : NULL;
		AUTO_FREE char *why = NULL, *stack = NULL;

		if (!root || can_recreate(layout, root, &why))
			continue;
		stack = stack_text(layout, root);
		if (!stack || !why)
			return context_oom(ctx);
		if (!*stack)
			return context_fail(ctx, ENOTSUP,
					    "The root filesystem of the captured machine cannot be recreated: %s. Nothing was written; its "
					    "files can be restored into a directory (lifeboat restore --to)",
					    why);
		return context_fail(ctx, ENOTSUP, "The root filesystem of the captured machine cannot be recreated: it lies on %s. The reason: %s. "
				    "This set holds all that it needs. Nothing was written. To restore now, build the storage by hand as "
				    "'lifeboat show --layout' describes it, and restore the files into it with 'lifeboat restore --to'", stack, why);
	}
	return 0;
}

static int fill_plan(struct context *ctx, struct plan *plan)
{
	int r = plan_check_root(ctx, plan->target.wanted);

	if (r)
		return r;
	r = plan_warn(ctx, &plan->target, plan->adapted, plan->map);
	if (!r)
		r = check_targets(ctx, plan);
	if (!r)
		r = fit_layout(ctx, plan->target.wanted, plan->target.present, plan->map, &plan->target.result);
	if (!r && adapt_tell(plan->target.result, &plan->notices) < 0)
		r = context_oom(ctx);
	if (!r)
		r = add_actions(ctx, plan);
	/* Of arrays and groups those count that are made. */
	return r ? r : twins_find(ctx, plan);
}

int plan_list(struct context *ctx, const struct layout *captured, json_t *wishes, const struct start *start, struct layout *present,
	      struct disk_map *map, const char *root, struct plan **ret)
{
	const struct circumstances circumstances = { .wishes = wishes, .start = start, .present = present, .map = map };
	AUTO_PLAN struct plan *plan = calloc(1, sizeof(*plan));
	int r;

	if (!plan) {
		layout_free(present);
		disk_map_free(map);
		return context_oom(ctx);
	}
	plan->target.present = present;
	plan->map = map;
	plan->start = start ? *start : (struct start){ 0 };
	plan->target.root = strdup(root);
	r = plan->target.root ? layout_copy(ctx, captured, &plan->target.captured) : context_oom(ctx);
	if (!r)
		r = wanted_make(ctx, &circumstances, captured, &plan->adapted, &plan->target.wanted);
	if (!r)
		r = fill_plan(ctx, plan);
	if (r)
		return r;
	*ret = TAKE_POINTER(plan);
	return 0;
}

int plan_build(struct context *ctx, const struct layout *captured, json_t *wishes, const struct start *start, struct layout *present,
	       struct disk_map *map, const char *root, struct plan **ret)
{
	AUTO_PLAN struct plan *plan = NULL;
	int r = plan_list(ctx, captured, wishes, start, present, map, root, &plan);

	for (size_t i = 0; !r && i < plan->count; i++) {
		const struct action *action = &plan->actions[i];

		r = context_check_cancel(ctx);
		if (!r && action->type->check)
			r = action->type->check(ctx, &plan->target, action);
	}
	if (!r)
		r = plan_compute_digest(ctx, plan);
	if (r)
		return r;
	*ret = TAKE_POINTER(plan);
	return 0;
}
