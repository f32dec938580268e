/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan_question.h"

#include <errno.h>
#include <string.h>

#include "ask.h"

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

const char *plan_resume_words(enum restore_stage stage)
{
	return resumes[stage];
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

int plan_question_ask(struct session *s)
{
	json_auto_t *doubts = json_array();
	const char *resumes_so = s->chosen.plan->resumes ? plan_resume_words(s->run.resumed) : "";
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
