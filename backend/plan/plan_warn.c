/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan_warn.h"

#include <errno.h>
#include <string.h>

#include "../fit/fit_kept.h"
#include "../fit/sizes_group.h"
#include "../stack/recreate.h"

static bool is_mapped(const struct disk_map *map, const char *disk)
{
	for (size_t i = 0; i < map->count; i++)
		if (!strcmp(map->pairs[i].source, disk))
			return map->pairs[i].target;
	return false;
}

static bool is_unsupported(const struct node *node)
{
	return node->type == NODE_RAID || node->type == NODE_LUKS || node->type == NODE_PV || node->type == NODE_VG || node->type == NODE_LV;
}

/* Whether NODE lies on something of KEPT. */
static bool lies_on_kept(const struct layout *kept, const struct node *node)
{
	for (char **on = node->on; on && *on; on++)
		if (layout_find(kept, *on))
			return true;
	return false;
}

/* Says of NODE, which lay on several disks of which not all are restored, what becomes of it. True when its place stays empty. */
static bool warn_reduced(struct context *ctx, const struct layout *kept, const struct node *node)
{
	const struct node *now = layout_find(kept, node->id);
	AUTO_FREE char *name = node_describe(node);

	if (!now && lies_on_kept(kept, node))
		context_warn(ctx, "The place of the %s stays empty: a disk that it lies on is not restored", name ? name : node->id);
	else if (now && node->type == NODE_RAID && strv_length(now->on) < strv_length(node->on))
		context_warn(ctx, "The %s is made degraded: a disk that it lies on is not restored", name ? name : node->id);
	return !now;
}

/* The places of what is not recreated, or lies on several disks of which one is left out, stay empty, which has to be said. */
static int warn_unsupported(struct context *ctx, const struct layout *wanted, const struct disk_map *map)
{
	AUTO_FREE bool *restored = calloc(wanted->count + 1, sizeof(*restored)); /* some disk beneath the node is */
	AUTO_LAYOUT struct layout *kept = NULL;
	int r = restored ? fit_kept(ctx, wanted, map, &kept) : context_oom(ctx);

	if (r < 0)
		return r;
	for (size_t i = 0; i < wanted->count; i++)
		restored[i] = wanted->nodes[i]->type == NODE_DISK && is_mapped(map, wanted->nodes[i]->id);
	layout_spread(wanted, restored);
	for (size_t i = 0; i < wanted->count; i++) {
		const struct node *node = wanted->nodes[i], *on = node->on ? layout_find(wanted, node->on[0]) : NULL;
		AUTO_FREE char *name = NULL, *why = NULL, *below = NULL;

		if (!restored[i] || warn_reduced(ctx, kept, node))
			continue;
		/* What lies on such a thing is said with it. */
		if (!is_unsupported(node) || (is_unsupported(on) && !can_recreate(wanted, on, &below)) || can_recreate(wanted, node, &why))
			continue;
		name = node_describe(node);
		context_warn(ctx, "Lifeboat cannot recreate the %s, because %s: its place stays empty", name ? name : node->id,
			     why ? why : sentence_words(N_("its kind is not known")));
	}
	return 0;
}

/* Whether NODE, which is not wanted, held something that is, be it in others that are not. */
static bool is_content_kept(const struct target *target, const struct layout *adapted, const struct node *node)
{
	const struct node *content = layout_child(adapted, node->id, NODE_TYPE_COUNT, 0);

	return (node->type == NODE_LUKS || node->type == NODE_RAID) && content &&
	       (layout_find(target->wanted, content->id) || is_content_kept(target, adapted, content));
}

/* What the operator left out, and where its files come back. */
static void warn_left_out(struct context *ctx, const struct target *target, const struct layout *adapted)
{
	for (size_t i = 0; i < adapted->count; i++) {
		const struct node *node = adapted->nodes[i];
		AUTO_FREE char *name = NULL;

		if (layout_find(target->wanted, node->id))
			continue;
		if (node->type == NODE_MOUNT) {
			name = bytes_escape(node->mount.path, strlen(node->mount.path));
			context_warn(ctx,
				     mount_is_private(node) ?
					     N_("A filesystem that was not mounted is left out: its files come back in the directory %s") :
					     N_("The filesystem of %s is left out: its files come back on the filesystem of the directory above"),
				     name ? name : "?");
		} else if (is_content_kept(target, adapted, node)) {
			name = node_describe(node);
			context_warn(ctx, node->type == NODE_LUKS ?
				     N_("The %s is not made, as was asked for: what lies on it is no longer encrypted") :
				     N_("The %s is not made, as was asked for: what lies on it is on one disk alone, and lost with that"),
				     name ? name : node->id);
		} else if (node->on && layout_find(target->wanted, node->on[0]) && node->type != NODE_MOUNT) {
			name = node_describe(node);
			context_warn(ctx, "Left out, as was asked for: %s", name ? name : node->id);
		}
	}
}

/* The disk of LAYOUT that MEMBER of ARRAY lies on alone; NULL: none, or it is not there. */
static const struct node *disk_of_member(const struct layout *layout, const char *member)
{
	const struct node *node = layout_find(layout, member);

	return node ? layout_disk_of(layout, node) : NULL;
}

/* Two members of NODE that lie on one disk of LAYOUT: the first of them; NULL: no two do. */
static const struct node *shared_disk(const struct layout *layout, const struct node *node)
{
	for (size_t i = 0; node->on[i]; i++)
		for (size_t k = 0; k < i; k++)
			if (disk_of_member(layout, node->on[i]) && disk_of_member(layout, node->on[i]) == disk_of_member(layout, node->on[k]))
				return disk_of_member(layout, node->on[i]);
	return NULL;
}

/* Disks that were laid onto others. */
static void warn_joined(struct context *ctx, const struct target *target)
{
	for (size_t i = 0; i < target->captured->count; i++) {
		const struct node *disk = target->captured->nodes[i];
		AUTO_FREE char *name = NULL;

		if (disk->type != NODE_DISK || layout_find(target->wanted, disk->id))
			continue;
		name = node_describe(disk);
		context_warn(ctx, "The saved disk (%s) gets no target disk of its own: what was on it is laid onto that of another saved disk, as was "
			     "asked for", name ? name : disk->id);
	}
}

/* Arrays and filesystems that outlived the loss of a disk and do not any more, or with fewer members. */
static void warn_redundancy(struct context *ctx, const struct target *target)
{
	for (size_t i = 0; i < target->wanted->count; i++) {
		const struct node *node = target->wanted->nodes[i], *before = layout_find(target->captured, node->id);
		AUTO_FREE char *name = NULL;

		if ((node->type != NODE_RAID && node->type != NODE_FILESYSTEM) || !before)
			continue;
		name = node_describe(before);
		if (strv_length(node->on) < strv_length(before->on))
			context_warn(ctx, "Of the %s, %zu of %zu members are made: it outlives the loss of fewer disks", name ? name : node->id,
				     strv_length(node->on), strv_length(before->on));
		if (strv_length(node->on) > strv_length(before->on))
			context_info(ctx, "The %s gets more members: it had %zu, and is made of %zu", name ? name : node->id,
				     strv_length(before->on), strv_length(node->on));
		if (node->on[1] && shared_disk(target->wanted, node) && !shared_disk(target->captured, before))
			context_warn(ctx, "Several members of the %s will lie on one disk: whatever its level, it is lost with that disk", name ? name : node->id);
	}
}

/* Groups that lay on arrays alone and have a physical volume on a disk that is in none. */
static void warn_spread(struct context *ctx, const struct target *target)
{
	for (size_t i = 0; i < target->wanted->count; i++) {
		const struct node *group = target->wanted->nodes[i], *pv;
		bool plain = false, safe = false;
		AUTO_FREE char *name = NULL;

		for (char **id = group->type == NODE_VG ? group->on : NULL; id && *id; id++) {
			pv = layout_find(target->wanted, *id);
			plain |= node_property(pv, PV_ADDED) != NULL;
			safe |= layout_find(target->wanted, pv->on[0])->type == NODE_RAID;
		}
		name = plain && safe ? node_describe(group) : NULL;
		if (name)
			context_warn(ctx, "The %s lay on an array, and gets one more disk that is in no array: when that disk fails, the group is lost", name);
	}
}

/* Copies of filesystems, which get a UUID of their own (layout/copies.h). */
static void warn_copies(struct context *ctx, const struct target *target)
{
	for (size_t i = 0; i < target->captured->count; i++) {
		const struct node *before = target->captured->nodes[i], *now = layout_find(target->wanted, before->id);
		AUTO_FREE char *name = NULL;

		if (before->type != NODE_FILESYSTEM || !before->uuid || !now || !now->uuid || !strcmp(before->uuid, now->uuid))
			continue;
		name = node_describe(before);
		context_warn(ctx, "The %s is a copy of another one that keeps this UUID: the copy gets the UUID %s, since two of one UUID cannot be "
			     "mounted beside each other", name ? name : before->id, now->uuid);
	}
}

/* What was left out when the machine was captured. */
static void warn_left_out_of_set(struct context *ctx, const struct target *target)
{
	for (size_t i = 0; i < target->wanted->count; i++) {
		const struct node *node = target->wanted->nodes[i];
		AUTO_FREE char *name = node_property(node, LEFT_OUT_PROPERTY) ? node_describe(node) : NULL;

		if (name)
			context_warn(ctx, "Not in the set, left out by the operator when it was captured: %s", name);
	}
}

/* Disks that carried something and get no target. */
static void warn_not_restored(struct context *ctx, const struct target *target, const struct disk_map *map)
{
	for (size_t i = 0; i < map->count; i++) {
		const struct node *disk = map->pairs[i].left_out ? layout_find(target->wanted, map->pairs[i].source) : NULL;
		AUTO_FREE char *name = disk ? node_describe(disk) : NULL;

		if (disk)
			context_warn(ctx, "The saved disk (%s) is not restored: %s", name ? name : disk->id, sentence_words(map->pairs[i].left_out));
	}
}

int plan_warn(struct context *ctx, const struct target *target, const struct layout *adapted, const struct disk_map *map)
{
	warn_joined(ctx, target);
	warn_copies(ctx, target);
	warn_left_out(ctx, target, adapted);
	warn_left_out_of_set(ctx, target);
	warn_redundancy(ctx, target);
	warn_spread(ctx, target);
	warn_not_restored(ctx, target, map);
	return warn_unsupported(ctx, target->wanted, map);
}
