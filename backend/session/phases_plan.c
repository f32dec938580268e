/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The phase that decides which disks become what. It writes to no disk. */
#include <errno.h>
#include <string.h>

#include "../finish/loader_supply.h"
#include "../resume/unfinished_find.h"
#include "../wanted/share.h"
#include "../wanted/wanted.h"
#include "already_restored.h"
#include "ask.h"
#include "checked_set.h"
#include "disks_question.h"
#include "found.h"
#include "look_inside.h"
#include "phase_table.h"
#include "plan_make.h"
#include "plan_question.h"

/* Whether a person is asked for a passphrase before anything else: what may be on these disks to be resumed can be in containers alone. */
static bool asks_inside(const struct session *s, const struct restore_job *job, const struct layout *present)
{
	bool has_container = false;

	for (size_t i = 0; i < present->count; i++)
		has_container |= present->nodes[i]->type == NODE_LUKS;
	return has_container && s->chosen.mode == MODE_INTERACTIVE && !s->chosen.asked_inside &&
	       unfinished_is_possible(job, s->found.protected_disks, present);
}

/* As plan_wanted(), onto disks that an MBR does not reach the end of. */
static int want_large(struct session *s, struct layout **ret)
{
	const struct start start = loader_supply_start(s->ctx, set_manifest(s->chosen.set));
	const struct circumstances circumstances = { .wishes = s->chosen.wishes, .start = &start, .large = true };

	return wanted_make(s->ctx, &circumstances, set_manifest(s->chosen.set)->layout, NULL, ret);
}

/* Those whose notes lie in encrypted containers, which the key file or a person opens. */
static int find_unfinished_inside(struct session *s, const struct restore_job *job, struct layout *present, char ***late)
{
	enum look_reason reason = asks_inside(s, job, present) ? LOOK_FOR_UNFINISHED : LOOK_UNASKED;
	AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);
	AUTO_LAYOUT struct layout *opened = NULL;
	struct inside *inside = NULL;
	int r = look_inside_again(s, reason, &opened, &inside);

	s->chosen.asked_inside |= reason == LOOK_FOR_UNFINISHED;
	if (r == 0)
		r = unfinished_find(job, s->found.protected_disks, opened, late);
	for (size_t i = 0; r == 0 && i < opened->count; i++) {
		const struct node *disk = opened->nodes[i];
		struct node *here = disk->type == NODE_DISK ? layout_disk_like(present, disk) : NULL;

		if (here)
			here->disk.unfinished |= disk->disk.unfinished;
	}
	look_inside_end(s, inside);
	return r == -ENOMEM || r == -ECANCELED || r == -ESHUTDOWN || r == -EPIPE ? context_scope_keep(&scope, r) : 0;
}

/* Disks with an interrupted restore. Unattended, one that may have been started since is not erased. */
static int find_unfinished(struct session *s, const struct layout *wanted, struct layout *present)
{
	struct restore_job job = session_job(s);
	AUTO_LAYOUT struct layout *large = NULL;
	AUTO_STRV char **late = NULL;
	int r = want_large(s, &large);

	/* Which disks are so large is not known before they are chosen. */
	job.layout = large;
	if (r == 0)
		r = unfinished_find(&job, s->found.protected_disks, present, &late);
	job.layout = wanted;
	if (r == 0)
		r = unfinished_find(&job, s->found.protected_disks, present, &late);
	if (r == 0)
		r = find_unfinished_inside(s, &job, present, &late);
	strv_free(s->run.late);
	s->run.late = s->chosen.mode == MODE_NUKE ? TAKE_POINTER(late) : NULL;
	return r;
}

/* Takes the changes that an interrupted restore was made with, where they still make sense. */
static void take_noted_wishes(struct session *s, const struct layout *present)
{
	const struct restore_job job = session_job(s);
	AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);
	json_auto_t *noted = unfinished_wishes(&job, s->found.protected_disks, present);
	AUTO_LAYOUT struct layout *wanted = NULL;

	if (!noted || plan_wanted(s, noted, &wanted) < 0)
		return;
	json_decref(s->chosen.wishes);
	s->chosen.wishes = json_incref(noted);
	context_info(s->ctx, "the plan has the changes of the restore that was interrupted");
}

/* Which disks share a target is chosen with the disks. */
static int forget_shared(struct session *s)
{
	json_t *wishes = s->chosen.unshared ? share_forget(s->chosen.wishes, s->chosen.unshared) : json_incref(s->chosen.wishes);

	json_decref(TAKE_POINTER(s->chosen.unshared));
	json_decref(s->chosen.wishes);
	s->chosen.wishes = wishes;
	return wishes ? 0 : context_oom(s->ctx);
}

/* One way through disks and plan: ASK_ANSWERED when a plan is confirmed; ASK_BACK to before the disks; ASK_RESCAN for another round;
 * -errno. */
static int plan_round(struct session *s, const char *problem)
{
	AUTO_LAYOUT struct layout *present = NULL, *wanted = NULL;
	struct disk_map *map = NULL;
	int r = session_probe(s, &present);

	if (r == 0 && plan_is_restored_here(s, present)) {
		session_jump(s, "finish");
		return ASK_ANSWERED;
	}
	if (r == 0)
		r = forget_shared(s);
	/* Where nobody says others, and none were taken back. */
	if (r == 0 && json_object_size(s->chosen.wishes) == 0 && !s->chosen.start_over && !s->chosen.plan)
		take_noted_wishes(s, present);
	if (r == 0)
		r = plan_settle(s, present);
	if (r == 0)
		r = plan_wanted(s, s->chosen.wishes, &wanted);
	/* Unattended such a disk may be erased; a person is shown it first. */
	if (r == 0 && !s->chosen.start_over)
		r = find_unfinished(s, wanted, present);
	if (r == 0)
		r = disks_question_ask(s, wanted, present, problem, &map);
	if (r != ASK_ANSWERED)
		return r;
	r = plan_make(s, TAKE_POINTER(present), map);
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
static int check_wishes(struct session *s)
{
	AUTO_LAYOUT struct layout *wanted = NULL;
	int r = plan_wanted(s, s->chosen.wishes, &wanted);

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
	r = check_wishes(s);
	if (r == 0)
		r = session_check_set(s, false);
	if (r != 0)
		return r < 0 ? r : 0;
	do {
		AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);

		r = plan_round(s, problem);
		free(TAKE_POINTER(problem));
		if (r < 0 && plan_may_ask_again(s, r)) {
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
