/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan_question.h"

#include <errno.h>
#include <string.h>

#include "ask.h"
#include "plan_edit.h"
#include "plan_words.h"

/* Takes SENTENCE (NULL: nothing to say) into what a person has to decide on. 0 or -ENOMEM. */
static int add_doubt(struct session *s, json_t *doubts, const char *sentence, bool said)
{
	if (!sentence)
		return 0;
	if (!said)
		context_warn(s->ctx, "%s", sentence);
	return json_array_append_new(doubts, json_string(sentence)) < 0 ? context_oom(s->ctx) : 0;
}

/* What a person has to decide on: a machine that would not start, identifiers that would be there twice, files that may not fit. In
 * DOUBTS, an array: a sentence each. 0; -errno; or as session_meet_damage(). */
static int plan_doubts(struct session *s, json_t *doubts)
{
	AUTO_FREE char *firmware = finish_foresee(set_manifest(s->chosen.set), s->chosen.plan);
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

/* Puts the question once. As session_ask_choice(); or session->walk.jump is set. */
static int ask_once(struct session *s, char **ret)
{
	json_auto_t *doubts = json_array();
	const char *resumes_so = s->chosen.plan->resumes ? plan_resume_words(s->run.resumed) : "";
	AUTO_FREE char *lines = NULL;
	int r = plan_doubts(s, doubts);
	AUTO_QUESTION struct question question = { .name = "plan", .type = "choice", .title = N_("The plan"), .back = true,
						   .certain = json_array_size(doubts) == 0 || s->chosen.resuming, .preset = json_string("go"),
						   .data = json_pack("{s:s, s:O, s:O*}", "resumes", resumes_so, "doubts", doubts, "wishes",
								     s->chosen.wishes) };

	if (r != 0)
		return r;
	lines = join_doubts(doubts, "\n");
	manifest_tell_lost(set_manifest(s->chosen.set), question.data);
	question.text = text_format("%s%s%s", resumes_so, *resumes_so && lines && *lines ? "\n" : "", lines ? lines : "");
	question.reason = join_doubts(doubts, ". ");
	question_option(&question, "go", "Continue", N_("Nothing is written yet; each target disk is confirmed next."), NULL);
	question_option(&question, "edit", "Change the plan", N_("Sizes, kinds of filesystems, what is left out."), NULL);
	question_option(&question, "back", "Back", N_("Choose other disks."), NULL);
	if (s->options->rescue)
		question_option(&question, "shell", "Shell", N_("Look around first."), NULL);
	return session_ask_choice(s, &question, ret);
}

int plan_question_ask(struct session *s)
{
	for (;;) {
		AUTO_FREE char *answer = NULL;
		int r = ask_once(s, &answer);

		if (r != ASK_ANSWERED)
			return r;
		if (!strcmp(answer, "go"))
			return ASK_ANSWERED;
		if (!strcmp(answer, "back"))
			return ASK_BACK;
		r = !strcmp(answer, "edit") ? plan_edit_ask(s) : session_ask_shell(s);
		/* Another set is to be chosen, or other disks. */
		if (r < 0 || r == ASK_RESCAN || s->walk.jump)
			return r;
	}
}
