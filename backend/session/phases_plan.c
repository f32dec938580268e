/* The phases that decide which disks become what, and that get consent for it. They write to no disk. */
#include <errno.h>
#include <string.h>

#include "../machine/disk_words.h"
#include "../finish/drivers_foresee.h"
#include "../machine/hardware.h"
#include "../probe/probe.h"
#include "../machine/local_boot.h"
#include "../plan/wishes.h"
#include "../restore/room.h"
#include "../resume/checkpoint.h"
#include "phase_table.h"
#include "../resume/restored.h"
#include "../resume/unfinished.h"

int session_probe(struct session *s, struct layout **ret)
{
	struct probe_options options = { .used = true, .devices = s->options->devices };
	AUTO_LAYOUT struct layout *present = NULL;
	AUTO_STRV char **protected_disks = NULL;
	int r = layout_probe(s->ctx, &options, &present);

	if (r == 0)
		r = media_protected(s->ctx, &s->found.media, s->chosen.set ? set_location(s->chosen.set) : NULL, &protected_disks);
	if (r < 0)
		return r;
	session_publish(s, "hardware", hardware_report(s->ctx, present, protected_disks, s->found.missing, firmware_mode(s->ctx)));
	strv_free(s->found.protected_disks);
	s->found.protected_disks = TAKE_POINTER(protected_disks);
	if (ret)
		*ret = TAKE_POINTER(present);
	return 0;
}

/* ---- disks ---- */

static json_t *candidate_to_json(const struct layout *present, const struct disk_candidate *candidate)
{
	json_t *object = hardware_disk(present, candidate->disk);

	json_object_set_new(object, "usable", json_boolean(candidate->usable));
	json_object_set_new(object, "reason", json_string(candidate->reason ? candidate->reason : ""));
	json_object_set_new(object, "shrinks", json_string(candidate->usable && candidate->shrinks ? candidate->shrinks : ""));
	json_object_set_new(object, "blank", json_boolean(candidate->blank));
	json_object_set_new(object, "unfinished", json_boolean(candidate->disk->disk.unfinished));
	json_object_set_new(object, "same_identity", json_boolean(candidate->same_identity));
	return object;
}

static const char *proposed_target(const struct disk_map *map, const char *source)
{
	for (size_t i = 0; map && i < map->count; i++)
		if (!strcmp(map->pairs[i].source, source))
			return map->pairs[i].target;
	return NULL;
}

static int source_to_json(struct session *s, const struct layout *captured, const struct node *source,
			  const struct layout *present, const struct disk_map *map, json_t *sources)
{
	struct disk_candidate *candidates = NULL;
	AUTO_FREE char *text = node_describe(source);
	const char *target = proposed_target(map, source->id);
	json_t *array = json_array();
	size_t count = 0;
	int r = disk_candidates(s->ctx, captured, source, present, s->found.protected_disks, &candidates, &count);

	for (size_t i = 0; r == 0 && i < count; i++)
		json_array_append_new(array, candidate_to_json(present, candidates + i));
	disk_candidates_free(candidates, count);
	json_array_append_new(sources, json_pack("{ss, ss, sI, sI, so, so}", "id", source->id, "text", text ? text : source->id, "size",
						 (json_int_t)source->size, "used", (json_int_t)source->used, "target",
						 target ? json_string(target) : json_null(), "candidates", array));
	return r;
}

/* "A disk", or "A disk - cannot be taken: it is too small". */
static char *candidate_text(json_t *candidate)
{
	const char *line = json_string_value(json_object_get(candidate, "line"));
	const char *reason = json_string_value(json_object_get(candidate, "reason"));

	if (json_is_true(json_object_get(candidate, "usable")))
		return text_format("%s", line);
	return sentence("%s - cannot be taken: %s", line, reason ? reason : "");
}

/* Number of SOURCES that have a candidate of this TEXT. */
static size_t count_candidates(json_t *sources, const char *text)
{
	json_t *source, *candidate;
	size_t i, k, found = 0;

	json_array_foreach(sources, i, source)
		json_array_foreach(json_object_get(source, "candidates"), k, candidate) {
			AUTO_FREE char *other = candidate_text(candidate);

			found += other && !strcmp(other, text);
		}
	return found;
}

/* Where nobody is asked, whoever reads the end learns by what names the disks here can be meant: a disk that is the same to all saved ones
 * once, else once for each of them. */
static void list_candidates(struct session *s, json_t *sources)
{
	json_t *source, *candidate;
	size_t i, k;

	json_array_foreach(sources, i, source)
		json_array_foreach(json_object_get(source, "candidates"), k, candidate) {
			AUTO_FREE char *text = candidate_text(candidate);

			if (text && count_candidates(sources, text) < json_array_size(sources))
				outcome_list(&s->outcome, "%s - for saved disk %s, %s", text, json_string_value(json_object_get(source, "id")),
					     json_string_value(json_object_get(source, "text")));
			else if (text && i == 0)
				outcome_list(&s->outcome, "%s", text);
		}
}

static int fill_disks_question(struct session *s, struct question *question, const struct layout *captured,
			       const struct layout *present, const struct disk_map *map, const char *problem)
{
	json_t *sources = json_array();
	int r = 0;

	for (size_t i = 0; r == 0 && i < captured->count; i++)
		if (captured->nodes[i]->type == NODE_DISK)
			r = source_to_json(s, captured, captured->nodes[i], present, map, sources);
	question_data(question, "sources", sources);
	if (map) {
		question->preset = disk_map_to_json(map);
		question->certain = map->certain && !problem;
	}
	question->text = strdup(problem ? problem : "");
	question->reason = strdup(problem ? problem : map && map->reason ? map->reason : "");
	/* Where nothing is possible, the problem itself lists the disks. */
	if (s->chosen.mode == MODE_NUKE && map && !question->certain)
		list_candidates(s, sources);
	return r;
}

/* What was agreed to before the engine died is certain where the same disks are here. */
static void take_known_map(const struct session *s, struct question *question, const struct layout *present)
{
	json_t *map = checkpoint_map(s->ctx, &s->restarted, present);

	question->certain = map;
	if (!map)
		return;
	json_decref(question->preset);
	question->preset = map;
}

/* One round of the question "disks": ASK_ANSWERED with a map in *RET, ASK_BACK, ASK_RESCAN, -errno. PROBLEM: what was wrong with the
 * last answer, or NULL. */
static int ask_disks(struct session *s, const struct layout *captured, const struct layout *present, const char *problem,
		     struct disk_map **ret)
{
	AUTO_QUESTION struct question question = { .name = "disks", .type = "map", .title = N_("Disks"), .back = s->options->rescue,
						   .rescan = true };
	AUTO_FREE char *impossible = NULL;
	struct error_scope scope = context_scope_begin(s->ctx);
	struct disk_map *proposed = NULL;
	json_t *answer = NULL;
	int r = disk_map_propose(s->ctx, captured, present, s->found.protected_disks, s->cmdline->targets,
				 s->options->rescue ? TARGET_OPTION_KERNEL : TARGET_OPTION_PROGRAM, &proposed);

	if (r == -ENOMEM || r == -ECANCELED)
		return context_scope_keep(&scope, r);
	if (r < 0)
		impossible = strdup(context_detail(s->ctx));
	context_scope_end(&scope);
	r = fill_disks_question(s, &question, captured, present, proposed, problem ? problem : impossible);
	disk_map_free(proposed);
	if (r == 0 && s->chosen.resuming && !problem)
		take_known_map(s, &question, present);
	if (r == 0)
		r = session_ask(s, &question, &answer);
	if (r == ASK_ANSWERED) {
		int built = disk_map_from_json(s->ctx, answer, captured, present, s->found.protected_disks, ret);

		s->chosen.plan_is_certain = question.certain && json_equal(answer, question.preset);
		r = built < 0 ? built : ASK_ANSWERED;
	}
	json_decref(answer);
	return r;
}

/* ---- plan ---- */

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

/* By the stage in which the interrupted restore on the target is resumed. */
static const char *const resumes[] = {
	[STAGE_EXTRACT] = N_("The target holds an interrupted restore of this set. It is resumed: files that are back already stay. Only if "
			     "that cannot be done, everything is erased and restored again, as listed here."),
	[STAGE_BOOT] = N_("The target holds an interrupted restore of this set with all its files. It is resumed: the system is made bootable "
			  "and verified. Only if that cannot be done, everything is erased and restored again, as listed here."),
	[STAGE_VERIFY] = N_("The target holds an interrupted restore of this set, already made bootable. It is resumed: it is verified. Only if "
			    "that cannot be done, everything is erased and restored again, as listed here."),
	[STAGE_FINISH] = N_("The target holds an interrupted restore of this set, already verified. It is brought to its end. Only if that "
			    "cannot be done, everything is erased and restored again, as listed here."),
};

bool session_may_erase_late(const struct session *s)
{
	bool named = false;

	for (size_t i = 0; i < strv_length(s->cmdline->targets); i++)
		named |= strcmp(s->cmdline->targets[i], "blank") != 0;
	return s->chosen.mode != MODE_NUKE || named || s->restarted.consent || s->run.resumed == STAGE_EXTRACT;
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
		context_info(s->ctx, "%s", sentence_words(resumes[s->run.resumed]));
	if (s->chosen.plan->resumes || !late)
		return 0;
	s->run.resumed = STAGE_BOOT;
	if (session_may_erase_late(s))
		return 0;
	return context_fail(s->ctx, EPERM, "The restore on %s was interrupted when all its files were there, and cannot be resumed by this plan. "
		"%s", name ? name : late->id, sentence_words(ERASE_LATE));
}

/* Takes SENTENCE (NULL: nothing to say) into what a person has to decide on. 0 or -ENOMEM. */
static int add_doubt(struct session *s, json_t *doubts, const char *sentence, bool said)
{
	if (!sentence)
		return 0;
	if (!said)
		context_warn(s->ctx, "%s", sentence);
	return json_array_append_new(doubts, json_string(sentence)) < 0 ? context_oom(s->ctx) : 0;
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

/* What a person has to decide on: a machine that would not start, identifiers that would be there twice, files that may not fit. In
 * DOUBTS, an array: a sentence each. 0; -errno; or as session_meet_damage(). */
static int plan_doubts(struct session *s, json_t *doubts)
{
	AUTO_FREE char *firmware = finish_foresee(set_manifest(s->chosen.set), s->chosen.plan, firmware_mode(s->ctx));
	int r = add_doubt(s, doubts, firmware, false);

	for (size_t i = 0; r == 0 && i < strv_length(s->chosen.plan->doubts); i++)
		r = add_doubt(s, doubts, s->chosen.plan->doubts[i], true);
	return r;
}

/* The sentences of DOUBTS with JOINT between them. New string. */
static char *join_doubts(json_t *doubts, const char *joint)
{
	char *text = strdup("");
	json_t *doubt;
	size_t i;

	json_array_foreach(doubts, i, doubt) {
		AUTO_FREE char *before = text;

		text = text_format("%s%s%s", before ? before : "", i ? joint : "", json_string_value(doubt));
	}
	return text;
}

/* ASK_ANSWERED: go; ASK_BACK; ASK_RESCAN; -errno; or s->walk.jump is set. */
static int ask_plan(struct session *s)
{
	json_auto_t *doubts = json_array();
	const char *resumes_so = s->chosen.plan->resumes ? resumes[s->run.resumed] : "";
	AUTO_FREE char *lines = NULL;
	int r = plan_doubts(s, doubts);

	if (r != 0)
		return r;
	lines = join_doubts(doubts, "\n");
	for (;;) {
		AUTO_QUESTION struct question question = { .name = "plan", .type = "choice", .title = N_("The plan"), .back = true,
							   .certain = json_array_size(doubts) == 0 || s->chosen.resuming,
							   .preset = json_string("go"),
							   .data = json_pack("{s:s, s:O}", "resumes", resumes_so, "doubts", doubts) };
		AUTO_FREE char *answer = NULL;

		manifest_tell_lost(set_manifest(s->chosen.set), question.data);
		question.text = text_format("%s%s%s", resumes_so, *resumes_so && lines && *lines ? "\n" : "", lines ? lines : "");
		question.reason = join_doubts(doubts, ". ");
		question_option(&question, "go", "Continue", N_("Nothing is written yet; each target disk is confirmed next."), NULL);
		question_option(&question, "back", "Back", N_("Choose other disks."), NULL);
		if (s->options->rescue)
			question_option(&question, "shell", "Shell", N_("Look around first."), NULL);
		r = session_ask_choice(s, &question, &answer);
		if (r != ASK_ANSWERED)
			return r;
		if (!strcmp(answer, "go"))
			return ASK_ANSWERED;
		if (!strcmp(answer, "back"))
			return ASK_BACK;
		r = session_ask_shell(s);
		if (r < 0)
			return r;
	}
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
	r = warn_of_damage(s, drivers_foresee(s->ctx, s->chosen.set, plan, foresight, &drivers),
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
	s->chosen.agreed = strv_free(s->chosen.agreed);
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

/* Whether a machine that carries the set already is left alone. One that was being unmounted when the engine died is looked at, too. */
static bool may_be_restored(const struct session *s)
{
	if (s->chosen.resuming)
		return s->restarted.phase && !strcmp(s->restarted.phase, "finish");
	return s->chosen.mode == MODE_NUKE && s->options->rescue && !s->cmdline->again && !s->restarted.consent;
}

/* A restart would only meet the rescue medium again where the firmware prefers it. */
static void load_local_system(struct session *s, const char *where, const struct layout *present)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);

	if (local_boot_load(s->ctx, set_manifest(s->chosen.set)->layout, present, where) == 0)
		s->outcome.local_boot = true;
	else
		context_warn(s->ctx, "%s", context_detail(s->ctx));
}

/* Whether this machine carries this very set, restored: then that is the end. */
static bool is_restored(struct session *s, const struct layout *present)
{
	AUTO_FREE char *where = s->state ? text_format("%s/look", s->state) : NULL;
	struct restored restored;

	if (!where || !restored_is_here(s->ctx, set_manifest(s->chosen.set), where, present, &restored))
		return false;
	s->outcome.again = true;
	if (restored.end == END_BOOTABLE)
		load_local_system(s, where, present);
	outcome_end(&s->outcome, restored.end, "This machine already carries this very set, restored %s. It was not restored again; nothing was "
		    "written. The kernel argument lifeboat.again restores it all the same", restored.when ? restored.when : "before");
	free(restored.when);
	return true;
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

/* One way through disks and plan: ASK_ANSWERED when a plan is agreed; ASK_BACK to before the disks; ASK_RESCAN for another round;
 * -errno. */
static int plan_round(struct session *s, const char *problem)
{
	const struct manifest *manifest = set_manifest(s->chosen.set);
	AUTO_LAYOUT struct layout *present = NULL, *wanted = NULL;
	struct disk_map *map = NULL;
	int r = session_probe(s, &present);

	if (r == 0 && may_be_restored(s) && is_restored(s, present)) {
		session_jump(s, "finish");
		return ASK_ANSWERED;
	}
	/* Unattended such a disk may be erased; a person is shown it first. */
	if (r == 0 && !s->chosen.start_over)
		r = find_unfinished(s, present);
	if (r == 0)
		r = wishes_apply(s->ctx, s->options->wishes, manifest->layout, &wanted);
	if (r == 0)
		r = ask_disks(s, wanted, present, problem, &map);
	if (r != ASK_ANSWERED)
		return r;
	r = build_plan(s, TAKE_POINTER(present), map);
	if (r == 0)
		r = ask_plan(s);
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

/* ---- confirm ---- */

static int ask_erase(struct session *s, const struct node *disk, size_t index, size_t count)
{
	AUTO_QUESTION struct question question = { .name = "confirm", .type = "erase", .title = N_("Erase this disk?"), .back = true };
	AUTO_FREE char *text = node_describe(disk), *line = hardware_disk_line(s->chosen.plan->target.present, disk);
	json_t *answer = NULL;
	int r;

	question.text = sentence("Everything on this disk will be lost: %s", line ? line : disk->id);
	question.data = hardware_disk(s->chosen.plan->target.present, disk);
	question_data(&question, "disk", json_string(disk->id));
	question_data(&question, "erases", hardware_disk_contents(s->chosen.plan->target.present, disk));
	question_data(&question, "index", json_integer((json_int_t)index));
	question_data(&question, "count", json_integer((json_int_t)count));
	manifest_tell_lost(set_manifest(s->chosen.set), question.data);
	/* The map was built by the engine alone only when the target was named or nothing could be lost: map.h says when. */
	question.certain = s->chosen.plan_is_certain;
	question.preset = json_pack("{ss}", "erase", disk->id);
	question.reason = sentence("Nobody confirmed that this disk may be erased");
	r = session_ask(s, &question, &answer);
	json_decref(answer);
	if (r == ASK_ANSWERED)
		context_info(s->ctx, "Erasing was confirmed: %s", text ? text : disk->id);
	return r;
}

/* Present disks the plan writes to, each once. */
static int target_disks(struct session *s, char ***ret)
{
	for (size_t i = 0; i < s->chosen.plan->map->count; i++) {
		const char *target = s->chosen.plan->map->pairs[i].target;

		if (target && !strv_contains(*ret, target) && strv_append(ret, target) < 0)
			return context_oom(s->ctx);
	}
	return 0;
}

int phase_confirm(struct session *s)
{
	AUTO_STRV char **targets = NULL;
	int r = session_check_set(s, true);

	if (r != 0)
		return r < 0 ? r : 0;
	if (s->restarted.consent || s->chosen.resuming) {
		AUTO_FREE char *consent = checkpoint_consent(s->ctx, set_manifest(s->chosen.set), s->chosen.plan);

		/* What was agreed to before the crash holds for the same set on the same disks only. */
		s->chosen.plan_is_certain &= consent && s->restarted.consent && !strcmp(consent, s->restarted.consent);
	}
	r = target_disks(s, &targets);
	for (size_t i = 0; r == 0 && i < strv_length(targets); i++) {
		const struct node *disk = layout_find(s->chosen.plan->target.present, targets[i]);

		if (!disk)
			return context_fail(s->ctx, ESTALE, "The disk %s is gone", targets[i]);
		r = ask_erase(s, disk, i, strv_length(targets));
		if (r == ASK_BACK) {
			s->chosen.agreed = strv_free(s->chosen.agreed);
			return session_jump(s, "plan");
		}
		if (r == ASK_ANSWERED)
			r = strv_append(&s->chosen.agreed, targets[i]) < 0 ? context_oom(s->ctx) : 0;
	}
	if (r < 0)
		return r;
	session_checkpoint(s);
	return session_note(s, PLURAL(strv_length(targets), "%zu disk confirmed", "%zu disks confirmed"), strv_length(targets));
}
