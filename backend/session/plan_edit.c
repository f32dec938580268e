/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan_edit.h"

#include <errno.h>
#include <string.h>

#include "../fit/fit.h"
#include "../wanted/wanted.h"
#include "../wanted/wish_choices.h"
#include "ask.h"
#include "plan_make.h"

/* The changes while they are made. */
struct draft {
	json_t *wishes;
	json_t *steps;           /* what WISHES were before each change, the first first */
	json_t *choices;         /* what the plan would be, and what can be changed of it (wish_choices()); NULL: not tried yet */
	char *problem;           /* why the last answer was not taken; NULL: it was */
};

static void draft_done(struct draft *draft)
{
	json_decref(draft->wishes);
	json_decref(draft->steps);
	json_decref(draft->choices);
	free(draft->problem);
}

/* Solves the plan with WISHES, as far as computing goes. 0 with wish_choices() in *RET, or -errno with a sentence. */
static int try(struct session *s, json_t *wishes, json_t **ret)
{
	const struct plan *plan = s->chosen.plan;
	const struct circumstances circumstances = { .wishes = wishes, .start = &plan->start, .present = plan->target.present, .map = plan->map };
	AUTO_LAYOUT struct layout *adapted = NULL, *wanted = NULL, *result = NULL;
	struct disk_map *map = NULL;
	int r = wanted_make(s->ctx, &circumstances, plan->target.captured, &adapted, &wanted);

	if (r == 0)
		r = plan_check_root(s->ctx, wanted);
	/* Fewer or more disks are chosen again when all changes are made; here it counts whether they can be had. */
	if (r == 0 && !disk_map_is_of(plan->map, wanted))
		r = plan_propose(s, wanted, plan->target.present, &map);
	if (r == 0)
		r = fit_layout(s->ctx, wanted, plan->target.present, map ? map : plan->map, &result);
	disk_map_free(map);
	if (r < 0)
		return r;
	*ret = wish_choices(adapted, wishes, result);
	return *ret ? 0 : context_oom(s->ctx);
}

/* Takes WISHES, where they lead to a plan; else the sentence why not. 0 or -errno. */
static int take(struct session *s, struct draft *draft, json_t *wishes)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);
	json_t *choices = NULL;
	int r = try(s, wishes, &choices);

	if (r < 0) {
		if (r == -ENOMEM || r == -ECANCELED)
			return context_scope_keep(&scope, r);
		draft->problem = strdup(context_detail(s->ctx));
		return draft->problem ? 0 : -ENOMEM;
	}
	json_decref(draft->choices);
	draft->choices = choices;
	json_incref(wishes);
	json_decref(draft->wishes);
	draft->wishes = wishes;
	return 0;
}

/* Back by one change, or by ALL. */
static int undo(struct session *s, struct draft *draft, bool all)
{
	size_t count = json_array_size(draft->steps), to = all || !count ? 0 : count - 1;
	json_auto_t *wishes = json_incref(json_array_get(draft->steps, to));
	int r = wishes ? take(s, draft, wishes) : 0;

	while (r == 0 && json_array_size(draft->steps) > to)
		json_array_remove(draft->steps, json_array_size(draft->steps) - 1);
	return r;
}

static int change(struct session *s, struct draft *draft, json_t *wishes)
{
	json_auto_t *before = json_incref(draft->wishes);
	int r = json_equal(wishes, before) ? 0 : take(s, draft, wishes);

	if (r == 0 && draft->wishes != before)
		json_array_append(draft->steps, before);
	return r;
}

/* Whether the disks that are needed with WISHES are those that were chosen. 1 or 0; -errno. */
static int has_same_disks(struct session *s, json_t *wishes)
{
	AUTO_LAYOUT struct layout *wanted = NULL;
	int r = plan_wanted(s, wishes, &wanted);

	return r < 0 ? r : disk_map_is_of(s->chosen.plan->map, wanted);
}

/* The plan is made whole: every check of every action, and whether all files fit. ASK_ANSWERED: it is made; 0: it cannot be, and the one before
 * is there again; ASK_RESCAN: the changes hold, and disks are to be chosen for them; -errno; or as plan_make(). */
static int finish(struct session *s, struct draft *draft)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);
	json_auto_t *disks = disk_map_to_json(s->chosen.plan->map);
	int r;

	if (!disks)
		return context_oom(s->ctx);
	if (json_equal(draft->wishes, s->chosen.wishes))
		return ASK_ANSWERED;
	r = has_same_disks(s, draft->wishes);
	if (r < 0)
		return context_scope_keep(&scope, r);
	if (r == 0) {
		json_decref(s->chosen.wishes);
		s->chosen.wishes = json_incref(draft->wishes);
		return ASK_RESCAN;
	}
	r = plan_remake(s, draft->wishes, disks);
	if (r == 0)
		return ASK_ANSWERED;
	if (r > 0 || !plan_may_ask_again(s, r))
		return context_scope_keep(&scope, r);
	draft->problem = strdup(context_detail(s->ctx));
	context_info(s->ctx, "the changed plan is not possible: %s", draft->problem ? draft->problem : "?");
	if (!s->chosen.plan)
		r = plan_remake(s, s->chosen.wishes, disks);
	return s->chosen.plan ? 0 : context_scope_keep(&scope, r);
}

static int ask(struct session *s, const struct draft *draft, json_t **ret)
{
	size_t steps = json_array_size(draft->steps);
	const char *nothing = steps ? NULL : N_("Nothing was changed.");
	AUTO_QUESTION struct question question = { .name = "edit", .type = "edit", .title = N_("Change the plan"), .back = true,
						   .preset = json_string("done"), .text = strdup(draft->problem ? draft->problem : ""),
						   .reason = strdup(""),
						   .data = json_pack("{s:O, s:O, s:i, s:s}", "wishes", draft->wishes, "nodes", draft->choices, "steps",
								     (int)steps, "problem", draft->problem ? draft->problem : "") };

	question_option(&question, "done", "Done", N_("The plan is made and checked with these changes."), NULL);
	question_option(&question, "undo", "Undo", N_("Takes back the last change."), nothing);
	question_option(&question, "undo-all", "Undo all", N_("Takes back all of them."), nothing);
	return session_ask(s, &question, ret);
}

/* ASK_ANSWERED: done; 0: asked again; -errno; or as plan_make(). */
static int answer(struct session *s, struct draft *draft, json_t *value)
{
	const char *word = json_string_value(value);

	free(TAKE_POINTER(draft->problem));
	if (!word)
		return change(s, draft, value);
	if (!strcmp(word, "done"))
		return finish(s, draft);
	return undo(s, draft, !strcmp(word, "undo-all"));
}

int plan_edit_ask(struct session *s)
{
	CLEANUP(draft_done) struct draft draft = { .wishes = json_incref(s->chosen.wishes), .steps = json_array() };
	int r = take(s, &draft, s->chosen.wishes);

	while (r == 0) {
		json_auto_t *value = NULL;

		r = ask(s, &draft, &value);
		/* Nothing of it is taken. */
		if (r == ASK_BACK)
			return ASK_ANSWERED;
		if (r == ASK_ANSWERED)
			r = answer(s, &draft, value);
	}
	return r;
}
