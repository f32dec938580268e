/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plan as data: what it says of itself, and its digest. plan_build.c makes it, plan_run.c executes it. */
#include "plan.h"

#include <errno.h>
#include <string.h>

#include "../core/json_text.h"
#include "../fit/fit.h"
#include "../layout/tree.h"
#include "../storage/content.h"
#include "../storage/device.h"
#include "plan_parts.h"

void plan_free(struct plan *plan)
{
	if (!plan)
		return;
	for (size_t i = 0; i < plan->count; i++) {
		free(plan->actions[i].disks);
		content_devices_free(plan->actions[i].mounted);
		if (plan->actions[i].top >= 0)
			close(plan->actions[i].top);
	}
	target_done(&plan->target);
	disk_map_free(plan->map);
	for (size_t i = 0; i < plan->disk_count; i++)
		free(plan->disks[i].name);
	free(plan->disks);
	free(plan->actions);
	layout_free(plan->adapted);
	strv_free(plan->notices);
	strv_free(plan->doubts);
	free(plan);
}

/* A volume group is made in one action, with what it lies on and what lies on it. */
static const struct node *maker_of(const struct plan *plan, const struct node *node)
{
	if (node && node->type == NODE_PV)
		return layout_child(plan->target.result, node->id, NODE_VG, 0);
	while (node && node->type == NODE_LV)
		node = layout_find(plan->target.result, node->on[0]);
	return node;
}

bool plan_makes(const struct plan *plan, const struct node *node)
{
	const struct node *maker = maker_of(plan, node);

	for (size_t i = 0; maker && i < plan->count; i++)
		if (plan->actions[i].node == maker && plan->actions[i].type->destructive)
			return true;
	return false;
}

char *plan_action_text(const struct plan *plan, const struct action *action)
{
	AUTO_FREE char *text = action->type->print(&plan->target, action);

	/* Labels and paths are bytes; what goes into an event and onto a screen is text. */
	return text ? text_printable(text) : NULL;
}

static void set_text(json_t *object, const char *name, const char *text)
{
	AUTO_FREE char *escaped = text ? text_printable(text) : NULL;

	if (escaped)
		json_object_set_new(object, name, json_string(escaped));
}

/* "partition 1: ext4 'root', 20 GiB" for each thing that goes; empty for a blank disk. */
static json_t *erased_of(const struct layout *present, const struct node *disk)
{
	json_t *erases = json_array();

	for (size_t i = 0; i < present->count; i++) {
		const struct node *node = present->nodes[i], *content;
		AUTO_FREE char *what = NULL, *text = NULL;

		if ((node != disk && (node->type != NODE_PARTITION || strcmp(node->on[0], disk->id))) ||
		    (node->type == NODE_PARTITION && node->partition.role && !strcmp(node->partition.role, "extended")))
			continue;
		content = layout_child(present, node->id, NODE_TYPE_COUNT, 0);
		if (node == disk && (!content || content->type == NODE_PARTITION))
			continue;
		what = node_describe(content ? content : node);
		if (node == disk)
			text = sentence("%s, on the whole disk", what ? what : "");
		else
			text = content ? sentence("partition %u: %s", node->partition.number, what ? what : "")
				       : sentence("partition %u: nothing known, %s", node->partition.number,
						     what && strrchr(what, ',') ? strrchr(what, ',') + 2 : "");
		if (text)
			json_array_append_new(erases, json_string(text));
	}
	return erases;
}

/* A sentence for each filesystem of the wanted DISK, be it on others too, that becomes smaller than it was captured. */
static json_t *shrunk_of(const struct plan *plan, const struct node *disk)
{
	const struct layout *wanted = plan->target.wanted;
	AUTO_FREE bool *there = calloc(wanted->count + 1, sizeof(*there));
	json_t *shrunk = json_array();

	for (size_t i = 0; there && i < wanted->count; i++)
		there[i] = wanted->nodes[i] == disk;
	if (there)
		layout_spread(wanted, there);
	for (size_t i = 0; there && i < wanted->count; i++) {
		const struct node *before = layout_find(plan->target.captured, wanted->nodes[i]->id);
		const struct node *now = layout_find(plan->target.result, wanted->nodes[i]->id);
		AUTO_FREE char *text = NULL;

		if (wanted->nodes[i]->type != NODE_FILESYSTEM || !there[i] || !before || !now || now->size >= before->size)
			continue;
		text = fit_shrink_text(before, now->size);
		if (text)
			json_array_append_new(shrunk, json_string(text));
	}
	return shrunk;
}

static json_t *disks_to_json(const struct plan *plan)
{
	json_t *disks = json_array();

	for (size_t i = 0; i < plan->map->count; i++) {
		const struct disk_pair *pair = &plan->map->pairs[i];
		const struct node *wanted = layout_find(plan->target.wanted, pair->source);
		const struct node *captured = layout_find(plan->target.captured, pair->source);
		const struct node *source = captured ? captured : wanted;
		const struct node *target = pair->target ? layout_find(plan->target.present, pair->target) : NULL;
		AUTO_FREE char *source_text = source ? node_describe(source) : NULL;
		AUTO_FREE char *target_text = target ? node_describe(target) : NULL;
		json_t *disk = json_object();

		set_text(disk, "source_id", pair->source);
		set_text(disk, "source", source_text);
		set_text(disk, "reason", pair->left_out);
		if (target) {
			set_text(disk, "target_id", target->id);
			set_text(disk, "target", target_text);
			set_text(disk, "device", target->device);
			set_text(disk, "model", target->disk.model);
			set_text(disk, "serial", target->disk.serial);
			json_object_set_new(disk, "size", json_integer((json_int_t)target->size));
			json_object_set_new(disk, "erases", erased_of(plan->target.present, target));
			json_object_set_new(disk, "shrinks", shrunk_of(plan, wanted));
		}
		json_array_append_new(disks, disk);
	}
	return disks;
}

bool plan_keeps(const struct plan *plan, const struct action *action)
{
	return plan->resumes && action->type->stays && (plan->complete || action->type->stays(action));
}

static json_t *notices_to_json(const struct plan *plan)
{
	json_t *notices = json_array();

	for (char **notice = plan->notices; notice && *notice; notice++) {
		AUTO_FREE char *text = text_printable(*notice);

		if (text)
			json_array_append_new(notices, json_string(text));
	}
	return notices;
}

json_t *plan_to_json(const struct plan *plan)
{
	json_t *object = json_object(), *actions = json_array();

	json_object_set_new(object, "digest", json_string(plan->digest));
	set_text(object, "root", plan->target.root);
	json_object_set_new(object, "disks", disks_to_json(plan));
	for (size_t i = 0; i < plan->count; i++) {
		AUTO_FREE char *text = plan_action_text(plan, &plan->actions[i]);
		json_t *action = json_object();

		json_object_set_new(action, "name", json_string(plan->actions[i].type->name));
		json_object_set_new(action, "destructive", json_boolean(plan->actions[i].type->destructive));
		if (plan_keeps(plan, &plan->actions[i]))
			json_object_set_new(action, "kept", json_true());
		json_object_set_new(action, "text", json_string(text ? text : ""));
		json_array_append_new(actions, action);
	}
	json_object_set_new(object, "actions", actions);
	json_object_set_new(object, "after", layout_tree_rows(plan->target.result));
	if (plan->notices)
		json_object_set_new(object, "notices", notices_to_json(plan));
	return object;
}

/* The result without kernel names: those change from boot to boot, and the plan is still the same. */
static json_t *result_for_digest(const struct plan *plan)
{
	json_t *result = layout_to_json(plan->target.result), *node;
	size_t i;

	json_array_foreach(result, i, node) json_object_del(json_object_get(node, "disk"), "name");
	return result;
}

/* What lies on the target disks now, by captured disk. NULL when out of memory. */
static json_t *targets_for_digest(const struct plan *plan)
{
	json_t *targets = json_object();

	for (size_t i = 0; i < plan->map->count; i++) {
		const struct disk_pair *pair = &plan->map->pairs[i];
		const struct node *target = pair->target ? layout_find(plan->target.present, pair->target) : NULL;

		if (json_object_set_new(targets, pair->source, target ? device_fingerprint(plan->target.present, target) : json_null())) {
			json_decref(targets);
			return NULL;
		}
	}
	return targets;
}

static json_t *actions_for_digest(const struct plan *plan)
{
	json_t *actions = json_array();

	for (size_t i = 0; i < plan->count; i++)
		if (json_array_append_new(actions, json_pack("[ss]", plan->actions[i].type->name, plan->actions[i].node->id))) {
			json_decref(actions);
			return NULL;
		}
	return actions;
}

static int digest_object(const json_t *object, char digest[DIGEST_HEX])
{
	AUTO_FREE char *text = json_text(object, JSON_SORT_KEYS | JSON_COMPACT);

	return text ? digest_buffer(text, strlen(text), digest) : -ENOMEM;
}

int plan_compute_digest(struct context *ctx, struct plan *plan)
{
	json_t *object = json_object();
	AUTO_FREE char *root = text_printable(plan->target.root);
	int r = json_object_set_new(object, "result", result_for_digest(plan)) ||
			json_object_set_new(object, "actions", actions_for_digest(plan)) ? -ENOMEM : 0;

	if (!r)
		r = digest_object(object, plan->outcome);
	if (!r && (!root || json_object_set_new(object, "root", json_string(root)) ||
		   json_object_set_new(object, "targets", targets_for_digest(plan))))
		r = -ENOMEM;
	if (!r)
		r = digest_object(object, plan->digest);
	json_decref(object);
	return r == -ENOMEM ? context_oom(ctx) : r ? context_fail(ctx, -r, "The digest of the plan cannot be computed: %s", strerror(-r)) : 0;
}
