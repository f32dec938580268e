/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan_make.h"

#include <errno.h>
#include <string.h>

#include "../finish/drivers_foresee.h"
#include "../finish/loader_supply.h"
#include "../machine/disk_words.h"
#include "../restore/room.h"
#include "../resume/unfinished_find.h"
#include "../wanted/settle.h"
#include "../wanted/wanted.h"
#include "checked_set.h"
#include "found.h"
#include "look_inside.h"
#include "memory.h"
#include "plan_words.h"
#include "resume.h"

/* The plan's disks get what people know the present ones by. */
static void describe_targets(const struct plan *plan, json_t *disks)
{
	for (size_t i = 0; i < plan->map->count; i++) {
		const struct node *target = plan->map->pairs[i].target ? layout_find(plan->target.present, plan->map->pairs[i].target) : NULL;
		AUTO_FREE char *line = target ? hardware_disk_line(plan->target.present, target) : NULL;

		if (line)
			json_object_set_new(json_array_get(disks, i), "line", json_string(line));
	}
}

/* What the operator changed goes with the plan, and into the log. */
static void tell_wishes(struct session *s, json_t *plan)
{
	AUTO_FREE char *text = json_object_size(s->chosen.wishes) ? json_dumps(s->chosen.wishes, JSON_COMPACT) : NULL;

	if (plan)
		json_object_set(plan, "wishes", s->chosen.wishes);
	if (text)
		context_info(s->ctx, "plan, with these changes: %s", text);
}

static void store_plan(struct session *s)
{
	json_t *plan = plan_to_json(s->chosen.plan);
	AUTO_FREE char *text = NULL;

	manifest_tell_lost(set_manifest(s->chosen.set), plan);
	tell_wishes(s, plan);
	describe_targets(s->chosen.plan, json_object_get(plan, "disks"));
	text = plan ? json_dumps(plan, JSON_INDENT(2)) : NULL;
	if (text)
		session_write_file(s, "plan.json", text);
	for (size_t i = 0; i < json_array_size(json_object_get(plan, "actions")); i++) {
		json_t *action = json_array_get(json_object_get(plan, "actions"), i);
		const char *line = json_string_value(json_object_get(action, "text"));

		if (json_is_true(json_object_get(action, "kept")))
			context_info(s->ctx, "plan, step %zu, kept from the earlier run: %s", i + 1, line ? line : "?");
		else if (json_is_true(json_object_get(action, "destructive")))
			context_info(s->ctx, "plan, step %zu, erases: %s", i + 1, line ? line : "?");
		else
			context_info(s->ctx, "plan, step %zu: %s", i + 1, line ? line : "?");
	}
	for (char **notice = s->chosen.plan->notices; notice && *notice; notice++)
		context_info(s->ctx, "%s", *notice);
	context_debug(s->ctx, "plan digest %s", s->chosen.plan->digest);
	session_publish(s, "plan", plan);
}

/* The first target disk whose interrupted restore may have been started as a system; NULL: none. */
static const struct node *late_disk(const struct session *s)
{
	for (size_t i = 0; i < s->chosen.plan->map->count; i++) {
		const char *target = s->chosen.plan->map->pairs[i].target;

		if (target && strv_contains(s->run.late, target))
			return layout_find(s->chosen.plan->target.present, target);
	}
	return NULL;
}

static bool resumes_on(struct session *s, const struct restore_job *job)
{
	return unfinished_can_resume(job, s->found.protected_disks, s->chosen.plan->target.present, &s->run);
}

/* Whether the plan resumes what lies on its disks in encrypted containers, by what opened them before. */
static bool resumes_inside(struct session *s, const struct restore_job *job)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);
	AUTO_LAYOUT struct layout *present = NULL;
	struct inside *inside = NULL;
	bool resumes = look_inside_again(s, LOOK_UNASKED, &present, &inside) == 0 &&
		       unfinished_can_resume(job, s->found.protected_disks, present, &s->run);

	look_inside_end(s, inside);
	return resumes;
}

/* Whether the plan resumes what is on its disks. Unattended, a system that may have been started is not erased. */
static int find_resume(struct session *s)
{
	const struct restore_job job = session_job(s);
	const struct node *late = late_disk(s);
	AUTO_FREE char *name = late ? node_describe(late) : NULL;

	s->run.resumed = STAGE_EXTRACT;
	s->chosen.plan->resumes = !s->chosen.start_over && (resumes_on(s, &job) || resumes_inside(s, &job));
	s->chosen.plan->complete = s->chosen.plan->resumes && s->run.resumed >= STAGE_VERIFY;
	if (s->chosen.plan->resumes)
		context_info(s->ctx, "%s", sentence_words(plan_resume_words(s->run.resumed)));
	if (s->chosen.plan->resumes || !late)
		return 0;
	s->run.resumed = STAGE_BOOT;
	if (session_may_erase_late(s))
		return 0;
	return context_fail(s->ctx, EPERM, "The restore on %s was interrupted when all its files were there, and cannot be resumed by this plan. "
		"%s", name ? name : late->id, sentence_words(session_erases_not_late(s)));
}

/* What R, from looking ahead, comes to where the set is damaged: once salvage is chosen, a warning that WHAT is unknown. No doubt, because who
 * salvages unattended has decided already. 0, or as session_meet_damage(). */
static int warn_of_damage(struct session *s, int r, const char *what)
{
	AUTO_FREE char *why = NULL;

	if (!set_error_is_of_set(r))
		return r;
	r = session_meet_damage(s, r, &why);
	if (r == 0)
		context_warn(s->ctx, "Because the recovery set is damaged, %s is unknown: %s", sentence_words(what), why);
	return r;
}

/* What one reading of the index tells of the plan: its doubts get what a person has to decide on. 0; -errno; or as session_meet_damage(). */
static int look_ahead(struct session *s)
{
	CLEANUP(cleanup_drivers_foresight) struct drivers_foresight *foresight = NULL;
	struct plan *plan = s->chosen.plan;
	AUTO_FREE char *drivers = NULL;
	int r;

	if (set_is_arriving(s->chosen.set)) {
		context_warn(s->ctx, "The recovery set tells at its end what is in it: whether all files fit onto the target disks, and whether the restored kernel has drivers for "
			     "them, is not known before");
		return 0;
	}
	r = drivers_foresight_new(s->ctx, plan, &foresight);
	if (r < 0)
		return r;
	r = room_check(s->ctx, s->chosen.set, plan, &(struct index_visitor){ drivers_foresight_row, foresight });
	if (r < 0)
		return warn_of_damage(s, r, N_("whether all files fit onto the target disks, and whether the restored kernel has drivers for them"));
	r = warn_of_damage(s, drivers_foresee(s->ctx, s->chosen.set, foresight, &drivers),
			   N_("whether the restored kernel has the drivers for the target disk"));
	if (r != 0 || !drivers)
		return r;
	context_warn(s->ctx, "%s", drivers);
	return strv_append(&plan->doubts, drivers) < 0 ? context_oom(s->ctx) : 0;
}

int plan_wanted(struct session *s, json_t *wishes, struct layout **ret)
{
	const struct start start = loader_supply_start(s->ctx, set_manifest(s->chosen.set));
	const struct circumstances circumstances = { .wishes = wishes, .start = &start };

	return wanted_make(s->ctx, &circumstances, set_manifest(s->chosen.set)->layout, NULL, ret);
}

int plan_propose(struct session *s, const struct layout *wanted, const struct layout *present, struct disk_map **ret)
{
	return disk_map_propose(s->ctx, wanted, present, s->found.protected_disks, s->cmdline->targets,
				s->options->rescue ? TARGET_OPTION_KERNEL : TARGET_OPTION_PROGRAM, ret);
}

int plan_settle(struct session *s, const struct layout *present)
{
	const struct start start = loader_supply_start(s->ctx, set_manifest(s->chosen.set));
	const struct circumstances circumstances = { .wishes = s->chosen.wishes, .start = &start };
	const struct settle_disks disks = { present, s->found.protected_disks, s->cmdline->targets,
					    s->options->rescue ? TARGET_OPTION_KERNEL : TARGET_OPTION_PROGRAM };
	json_t *wishes = NULL;
	int r = s->chosen.settled ? 0 : settle_wishes(s->ctx, &circumstances, set_manifest(s->chosen.set)->layout, &disks, &wishes);

	if (r < 0 || s->chosen.settled)
		return r;
	s->chosen.settled = !json_equal(wishes, s->chosen.wishes);
	json_decref(s->chosen.wishes);
	s->chosen.wishes = wishes;
	return 0;
}

int plan_make(struct session *s, struct layout *present, struct disk_map *map)
{
	const struct manifest *manifest = set_manifest(s->chosen.set);
	const struct start start = loader_supply_start(s->ctx, manifest);
	int r;

	plan_free(TAKE_POINTER(s->chosen.plan));
	s->chosen.confirmed = strv_free(s->chosen.confirmed);
	r = plan_build(s->ctx, manifest->layout, s->chosen.wishes, &start, present, map, s->root, &s->chosen.plan);
	if (r == 0)
		r = look_ahead(s);
	if (r == 0)
		r = session_warn_of_memory(s);
	if (r != 0) {
		plan_free(TAKE_POINTER(s->chosen.plan));
		return r;
	}
	r = find_resume(s);
	/* Once it is known what is kept. */
	store_plan(s);
	return r;
}

bool plan_may_ask_again(const struct session *s, int error)
{
	return error != -ECANCELED && error != -ESHUTDOWN && error != -ENOMEM && error != -EPIPE && error != -EPERM &&
	       s->chosen.mode != MODE_NUKE;
}

int plan_remake(struct session *s, json_t *wishes, json_t *disks)
{
	json_auto_t *before = json_incref(s->chosen.wishes);
	AUTO_LAYOUT struct layout *present = NULL, *wanted = NULL;
	struct disk_map *map = NULL;
	int r = session_probe(s, &present);

	if (r == 0)
		r = plan_wanted(s, wishes, &wanted);
	if (r == 0)
		r = disk_map_from_json(s->ctx, disks, wanted, present, s->found.protected_disks, &map);
	if (r < 0)
		return r;
	json_decref(s->chosen.wishes);
	s->chosen.wishes = json_incref(wishes);
	r = plan_make(s, TAKE_POINTER(present), map);
	if (r == 0)
		return 0;
	json_decref(s->chosen.wishes);
	s->chosen.wishes = json_incref(before);
	return r;
}
