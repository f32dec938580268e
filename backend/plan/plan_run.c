/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Executes a plan: every disk is recognised again before anything is written to it, every result is looked at after it
 * was made. */
#include <errno.h>
#include <string.h>

#include "../core/event.h"
#include "../core/ops.h"
#include "../core/progress.h"
#include "../devices/disk_busy.h"
#include "../probe/probe.h"
#include "../storage/actions.h"
#include "../storage/device.h"
#include "../storage/hold.h"
#include "plan.h"
#include "plan_parts.h"

/* Reads what DISK's device node leads to now and compares it with what was confirmed: identity, size and all that lies
 * on it. */
static int verify_disk(struct context *ctx, const struct plan *plan, const struct node *disk)
{
	const char *const devices[] = { disk->device, NULL };
	struct probe_options options = { .devices = devices, .only_devices = true };
	AUTO_LAYOUT struct layout *now = NULL;
	AUTO_FREE char *name = node_describe(disk), *why = NULL;
	const struct node *found = NULL;
	json_t *confirmed, *here;
	bool same;
	int r = layout_probe(ctx, &options, &now);

	if (r)
		return r;
	for (size_t i = 0; i < now->count; i++)
		if (now->nodes[i]->type == NODE_DISK && now->nodes[i]->device &&
		    !strcmp(now->nodes[i]->device, disk->device))
			found = now->nodes[i];
	if (!found)
		return context_fail(ctx, ESTALE, "%s is no longer the disk that was confirmed (%s). Nothing was written to it",
				    disk->device, name ? name : disk->id);
	confirmed = device_fingerprint(plan->target.present, disk);
	here = device_fingerprint(now, found);
	r = confirmed && here ? 0 : context_oom(ctx);
	same = json_equal(confirmed, here);
	json_decref(confirmed);
	json_decref(here);
	if (r)
		return r;
	if (!same)
		return context_fail(
			ctx, ESTALE,
			"%s is no longer the disk that was confirmed (%s), or its contents changed since. Nothing was "
			"written to it",
			disk->device, name ? name : disk->id);
	/* What was looked at by name is what is held. */
	r = hold_check_all(ctx, &plan->target);
	if (r)
		return r;
	if (disk_is_busy(ctx, found, &why))
		return context_fail(ctx, EBUSY, "The disk (%s) is in use now and was not erased: %s",
				    name ? name : disk->id, why ? why : sentence_words(N_("something holds it")));
	return 0;
}

static bool touches(const struct action *action, const struct node *disk)
{
	for (struct node **touched = action->disks; touched && *touched; touched++)
		if (*touched == disk)
			return true;
	return false;
}

/* True when the action INDEX is the first that writes to DISK. */
static bool is_first_write(const struct plan *plan, size_t index, const struct node *disk)
{
	if (!plan->actions[index].type->destructive || !touches(&plan->actions[index], disk))
		return false;
	for (size_t i = 0; i < index; i++)
		if (plan->actions[i].type->destructive && touches(&plan->actions[i], disk))
			return false;
	return true;
}

static int verify_before_first_write(struct context *ctx, const struct plan *plan, size_t index)
{
	int r = 0;

	for (size_t i = 0; !r && i < plan->disk_count; i++)
		if (is_first_write(plan, index, plan->disks[i].disk))
			r = verify_disk(ctx, plan, plan->disks[i].disk);
	return r;
}

/* What the action INDEX will have written is known before it runs. Needs no memory. */
static void note_write(struct plan *plan, size_t index)
{
	for (size_t i = 0; i < plan->disk_count; i++)
		if (touches(&plan->actions[index], plan->disks[i].disk))
			plan->disks[i].touched = true;
	plan->written = true;
}

/* The action INDEX wrote nothing: what only it would have written is as it was. */
static void forget_write(struct plan *plan, size_t index, bool written_before)
{
	for (size_t i = 0; i < plan->disk_count; i++)
		if (is_first_write(plan, index, plan->disks[i].disk))
			plan->disks[i].touched = false;
	plan->written = written_before;
}

/* What is done now, for people. New string; NULL when out of memory. */
static char *step_text(const struct plan *plan, const struct action *action)
{
	AUTO_FREE char *text = plan_action_text(plan, action);

	return text && plan_keeps(plan, action) ? sentence("Done by an earlier run: %s", text) : TAKE_POINTER(text);
}

static json_t *disks_of(const struct action *action)
{
	json_t *disks = json_array();

	for (struct node **disk = action->disks; disk && *disk; disk++)
		json_array_append_new(disks, json_string((*disk)->id));
	return disks;
}

static void emit_action(struct context *ctx, const struct plan *plan, size_t index, const char *state)
{
	const struct action *action = &plan->actions[index];
	AUTO_FREE char *text = step_text(plan, action);

	context_emit(ctx, event_action(&(struct event_action){ .index = index, .count = plan->count, .name = action->type->name, .text = text,
							       .state = state, .destructive = action->type->destructive,
							       .disks = disks_of(action) }));
}

struct look {
	const struct plan *plan;
	const struct action *action;
};

/* What a program says is not believed before the machine shows it. */
static int look_at_result(struct context *ctx, void *data)
{
	const struct look *look = data;
	AUTO_FREE char *text = NULL;
	int there = look->action->type->done(ctx, &look->plan->target, look->action);

	if (there > 0)
		return 0;
	text = plan_action_text(look->plan, look->action);
	return there < 0 ? there
			 : context_fail(ctx, EIO,
					"It was done without an error, but the result is not there when looked at: %s",
					text ? text : "");
}

/* Runs an action that writes. A refusal (action.h) leaves everything as it was. */
static int write_action(struct context *ctx, struct plan *plan, size_t index)
{
	struct action *action = &plan->actions[index];
	bool before = plan->written;
	int r;

	note_write(plan, index);
	r = plan->before_write ? plan->before_write(plan->before_write_data, plan) : 0;
	if (r) {
		forget_write(plan, index, before);
		return r;
	}
	if (plan_keeps(plan, action))
		return action->type->open ? action->type->open(ctx, &plan->target, action) : 0;
	r = action->type->run(ctx, &plan->target, action);
	if (r == -EBUSY || r == -ESTALE)
		forget_write(plan, index, before);
	return r;
}

static int run_action(struct context *ctx, struct plan *plan, size_t index)
{
	struct action *action = &plan->actions[index];
	struct look look = { plan, action };
	int r = context_check_cancel(ctx);

	if (!r)
		r = hold_check_all(ctx, &plan->target);
	if (!r)
		r = verify_before_first_write(ctx, plan, index);
	if (!r)
		r = action->type->destructive ? write_action(ctx, plan, index) : action->type->run(ctx, &plan->target, action);
	if (!r && action->type->done)
		r = ops_of(ctx)->change(ctx, "look at the result", look_at_result, &look);
	return r;
}

/* Turns the sentence of what went wrong into one that also says where in the plan, and what the disks are like now. That nothing was written is
 * said by whoever tells the end. */
static int fail_action(struct context *ctx, const struct plan *plan, size_t index, int error)
{
	AUTO_FREE char *text = plan_action_text(plan, &plan->actions[index]);
	const char *why = *context_detail(ctx) ? context_detail(ctx) : strerror(-error);

	if (!plan->resumes && !plan->written)
		return context_reword(ctx, -error, "%s (step %zu of %zu: %s)", why, index + 1, plan->count, text ? text : "");
	return context_reword(ctx, -error, "%s (step %zu of %zu: %s). %s", why, index + 1, plan->count, text ? text : "",
			      sentence_words(plan->resumes ? N_("What an earlier run made is still on the disks")
							   : N_("The target disks are erased and not restored")));
}

/* Takes back what the actions before END did, newest first. Returns the first error. */
static int undo_actions(struct context *ctx, struct plan *plan, size_t end)
{
	int first = 0;

	for (size_t i = end; i > 0; i--) {
		struct action *action = &plan->actions[i - 1];
		int r = action->type->undo ? action->type->undo(ctx, &plan->target, action) : 0;

		if (r && !first)
			first = r;
	}
	return first;
}

/* Lets go of the devices that the actions before END brought up, newest first. Returns the first error. */
static int close_actions(struct context *ctx, struct plan *plan, size_t end)
{
	int first = 0;

	for (size_t i = end; i > 0; i--) {
		struct action *action = &plan->actions[i - 1];
		int r = action->type->close ? action->type->close(ctx, &plan->target, action) : 0;

		if (r && !first)
			first = r;
	}
	return first;
}

/* All disks are the right ones, or none is touched. */
static int verify_all_disks(struct context *ctx, struct plan *plan)
{
	int r = 0;

	for (size_t i = 0; !r && i < plan->map->count; i++) {
		const struct disk_pair *pair = &plan->map->pairs[i];
		const struct node *disk = pair->target ? layout_find(plan->target.present, pair->target) : NULL;

		r = disk ? hold_disk(ctx, &plan->target, disk, pair->source) : 0;
	}
	for (size_t i = 0; !r && i < plan->count; i++)
		r = verify_before_first_write(ctx, plan, i);
	return r;
}

/* Ordinary seconds. */
#define ACTION_S 0.3

static int run_actions(struct context *ctx, struct plan *plan)
{
	int r = 0;

	for (size_t i = 0; i < plan->count; i++)
		progress_expect(ctx, plan->actions[i].type->name, ACTION_S);
	for (size_t i = 0; i < plan->count; i++) {
		AUTO_FREE char *text = step_text(plan, &plan->actions[i]);

		progress_part(ctx, plan->actions[i].type->name);
		progress_task(ctx, text ? text : "");
		if (plan->resumes)
			context_info(ctx, "step %zu: %s", i + 1, text ? text : "");
		emit_action(ctx, plan, i, "running");
		r = run_action(ctx, plan, i);
		emit_action(ctx, plan, i, r ? "failed" : "done");
		if (!r)
			continue;
		r = fail_action(ctx, plan, i, r);
		if (undo_actions(ctx, plan, i + 1))
			context_warn(ctx, "Something of the new system could not be unmounted below %s", plan->target.root);
		else if (close_actions(ctx, plan, i + 1))
			context_warn(ctx, "An array of the new system could not be stopped");
		break;
	}
	return r;
}

int plan_run(struct context *ctx, struct plan *plan)
{
	int r = verify_all_disks(ctx, plan);

	if (!r)
		r = run_actions(ctx, plan);
	if (r)
		hold_release(&plan->target);
	return r;
}

int plan_check_disks(struct context *ctx, const struct plan *plan)
{
	return hold_check_all(ctx, &plan->target);
}

static int seal_actions(struct context *ctx, struct plan *plan)
{
	int r = 0;

	for (size_t i = 0; !r && i < plan->count; i++)
		if (plan->actions[i].type->seal)
			r = plan->actions[i].type->seal(ctx, &plan->target, &plan->actions[i]);
	return r;
}

int plan_unmount(struct context *ctx, struct plan *plan)
{
	int r = hold_check_all(ctx, &plan->target), undone;
	bool mounted = false;

	for (size_t i = 0; i < plan->count; i++)
		mounted |= plan->actions[i].mounted != NULL;
	undone = undo_actions(ctx, plan, plan->count);
	if (!r)
		r = undone;
	/* After a plan that failed there may be nothing to seal. */
	if (!r && mounted)
		r = seal_actions(ctx, plan);
	if (!r)
		r = hold_check_all(ctx, &plan->target);
	if (!undone) {
		undone = close_actions(ctx, plan, plan->count);
		r = r ? r : undone;
	}
	hold_release(&plan->target);
	return r;
}
