/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The phase that decides which disks become what. It writes to no disk. */
#include <errno.h>
#include <string.h>

#include "../finish/drivers_foresee.h"
#include "../machine/disk_words.h"
#include "../plan/wishes.h"
#include "../restore/room.h"
#include "../resume/unfinished_find.h"
#include "already_restored.h"
#include "ask.h"
#include "checked_set.h"
#include "disks_question.h"
#include "found.h"
#include "phase_table.h"
#include "plan_question.h"
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

static void store_plan(struct session *s)
{
	json_t *plan = plan_to_json(s->chosen.plan);
	AUTO_FREE char *text = NULL;

	manifest_tell_lost(set_manifest(s->chosen.set), plan);
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

/* Whether the plan resumes what is on its disks. Unattended, a system that may have been started is not erased. */
static int find_resume(struct session *s)
{
	const struct restore_job job = session_job(s);
	const struct node *late = late_disk(s);
	AUTO_FREE char *name = late ? node_describe(late) : NULL;

	s->run.resumed = STAGE_EXTRACT;
	s->chosen.plan->resumes = !s->chosen.start_over && unfinished_can_resume(&job, s->found.protected_disks, &s->run);
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
	int r = drivers_foresight_new(s->ctx, plan, &foresight);

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

/* 0; -errno; or as session_meet_damage(). */
static int build_plan(struct session *s, struct layout *present, struct disk_map *map)
{
	const struct manifest *manifest = set_manifest(s->chosen.set);
	int r;

	plan_free(TAKE_POINTER(s->chosen.plan));
	s->chosen.confirmed = strv_free(s->chosen.confirmed);
	r = plan_build(s->ctx, manifest->layout, s->options->wishes, present, map, s->root, &s->chosen.plan);
	if (r == 0)
		r = look_ahead(s);
	if (r != 0) {
		plan_free(TAKE_POINTER(s->chosen.plan));
		return r;
	}
	r = find_resume(s);
	/* Once it is known what is kept. */
	store_plan(s);
	return r;
}

/* Whether a person can do something about ERROR by answering differently. */
static bool may_ask_again(const struct session *s, int error)
{
	return error != -ECANCELED && error != -ESHUTDOWN && error != -ENOMEM && error != -EPIPE && error != -EPERM &&
	       s->chosen.mode != MODE_NUKE;
}

/* Disks with an interrupted restore. Unattended, one that may have been started since is not erased. */
static int find_unfinished(struct session *s, struct layout *present)
{
	const struct restore_job job = session_job(s);
	AUTO_STRV char **late = NULL;
	int r = unfinished_find(&job, s->found.protected_disks, present, &late);

	strv_free(s->run.late);
	s->run.late = s->chosen.mode == MODE_NUKE ? TAKE_POINTER(late) : NULL;
	return r;
}

/* One way through disks and plan: ASK_ANSWERED when a plan is confirmed; ASK_BACK to before the disks; ASK_RESCAN for another round;
 * -errno. */
static int plan_round(struct session *s, const char *problem)
{
	const struct manifest *manifest = set_manifest(s->chosen.set);
	AUTO_LAYOUT struct layout *present = NULL, *wanted = NULL;
	struct disk_map *map = NULL;
	int r = session_probe(s, &present);

	if (r == 0 && plan_is_restored_here(s, present)) {
		session_jump(s, "finish");
		return ASK_ANSWERED;
	}
	/* Unattended such a disk may be erased; a person is shown it first. */
	if (r == 0 && !s->chosen.start_over)
		r = find_unfinished(s, present);
	if (r == 0)
		r = wishes_apply(s->ctx, s->options->wishes, manifest->layout, &wanted);
	if (r == 0)
		r = disks_question_ask(s, wanted, present, problem, &map);
	if (r != ASK_ANSWERED)
		return r;
	r = build_plan(s, TAKE_POINTER(present), map);
	if (r == 0)
		r = plan_question_ask(s);
	/* Another set is to be chosen. */
	if (s->walk.jump)
		return ASK_ANSWERED;
	return r == ASK_BACK ? ASK_RESCAN : r;
}

static bool has_root(const struct layout *layout)
{
	for (size_t i = 0; i < layout->count; i++)
		if (layout->nodes[i]->type == NODE_MOUNT && !strcmp(layout->nodes[i]->mount.path, "/"))
			return true;
	return false;
}

/* The capture said why; most often, what can be done with the set, too. */
static int fail_without_root(struct context *ctx, const struct manifest *manifest)
{
	const char *why = sentence_words(N_("it does not say on which disk the root filesystem lies"));

	for (size_t i = 0; i < manifest->lost_count; i++) {
		if (strncmp(manifest->lost[i], "/: ", 3))
			continue;
		if (strstr(manifest->lost[i], "no machine can be restored"))
			return context_fail(ctx, EINVAL, "%s", manifest->lost[i]);
		why = manifest->lost[i] + 3;
	}
	return context_fail(ctx, EINVAL, "No machine can be restored from this set, only files into a directory (lifeboat restore --to): %s", why);
}

/* Wishes that no disk could fulfil, and a root that cannot be recreated, are nothing to ask about. */
static int check_wishes(struct session *s, const struct layout *captured)
{
	AUTO_LAYOUT struct layout *wanted = NULL;
	int r = wishes_apply(s->ctx, s->options->wishes, captured, &wanted);

	return r < 0 ? r : plan_check_root(s->ctx, wanted);
}

int phase_plan(struct session *s)
{
	const struct manifest *manifest = set_manifest(s->chosen.set);
	AUTO_FREE char *problem = NULL;
	int r;

	if (manifest->layout->count == 0)
		return context_fail(s->ctx, EINVAL, "This set holds the files of a tree and no disks: its files can be restored into a "
				    "directory, but no machine can be made from it");
	if (!has_root(manifest->layout))
		return fail_without_root(s->ctx, manifest);
	r = check_wishes(s, manifest->layout);
	if (r == 0)
		r = session_check_set(s, false);
	if (r != 0)
		return r < 0 ? r : 0;
	do {
		AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);

		r = plan_round(s, problem);
		free(TAKE_POINTER(problem));
		if (r < 0 && may_ask_again(s, r)) {
			problem = strdup(context_detail(s->ctx));
			context_warn(s->ctx, "%s", problem);
			r = ASK_RESCAN;
		} else {
			context_scope_keep(&scope, r);
		}
	} while (r == ASK_RESCAN);
	if (r == ASK_BACK)
		return session_jump(s, "manifest");
	return r < 0 ? r : s->walk.jump ? 0 : session_note(s, PLURAL(s->chosen.plan->count, "%zu step", "%zu steps"), s->chosen.plan->count);
}
