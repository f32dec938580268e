/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "resume.h"

#include <errno.h>
#include <string.h>

#include "../core/progress.h"
#include "../resume/journal.h"
#include "../resume/unfinished.h"
#include "ask.h"

/* Unattended, what makes the engine die again and again is left to a person. */
#define RESUMES_UNATTENDED 3

/* How far the restore had come, by the phase in which the engine died. */
static const struct {
	const char *phase, *text;
} ways[] = {
	{ "disks", N_("The disks were being prepared; no file was back yet.") },
	{ "extract", N_("The files were being restored.") },
	{ "boot", N_("All files were back; the system was being made bootable.") },
	{ "verify", N_("All files were back and the system was made bootable; the files were being verified.") },
	{ "finish", N_("The restore was at its end: the new system was being unmounted.") },
};

static const char *way_of(const char *phase)
{
	for (size_t i = 0; i < ARRAY_LENGTH(ways); i++)
		if (!strcmp(ways[i].phase, phase))
			return ways[i].text;
	return "";
}

static char *disks_of(const struct session *s)
{
	AUTO_BUFFER struct buffer text = { 0 };

	for (size_t i = 0; i < strv_length(s->touched); i++)
		if ((i > 0 && buffer_append(&text, "; ", 2) < 0) || buffer_append(&text, s->touched[i], strlen(s->touched[i])) < 0)
			return NULL;
	return text.data ? TAKE_POINTER(text.data) : strdup("");
}

static void fill(const struct session *s, struct question *question)
{
	const char *phase = s->restarted.phase ? s->restarted.phase : "";
	AUTO_FREE char *disks = disks_of(s);
	json_t *list = json_array();

	for (size_t i = 0; i < strv_length(s->touched); i++)
		json_array_append_new(list, json_string(s->touched[i]));
	question->text = sentence("The restore stopped unexpectedly. %s Written to: %s.", sentence_words(way_of(phase)), disks ? disks : "?");
	question->reason = s->restarted.crashes > RESUMES_UNATTENDED
		? sentence("The engine stopped unexpectedly %u times in this restore, the last time in the phase '%s'; it is not resumed "
			      "unattended any more", s->restarted.crashes, phase)
		: sentence("The engine stopped unexpectedly in the phase '%s', and it is not known what was confirmed", phase);
	question_data(question, "phase", json_string(phase));
	question_data(question, "disks", list);
	question_data(question, "times", json_integer(s->restarted.crashes));
	question->preset = json_string("resume");
	question->certain = s->restarted.consent && s->restarted.crashes <= RESUMES_UNATTENDED;
	question_option(question, "resume", "Resume the restore", N_("What is complete stays as it is; the rest is restored."), NULL);
	question_option(question, "start-over", "Start over", N_("Choose set and disks again; everything is erased and restored again."), NULL);
	question_option(question, "shell", "Open a shell", N_("Look around first; 'exit' comes back to this question."), NULL);
}

int resume_ask(struct session *s)
{
	if (!s->restarted.happened || s->chosen.resume_asked || !atomic_load(&s->writing))
		return 0;
	if (s->restarted.mode != MODE_ASK)
		session_set_mode(s, s->restarted.mode);
	for (;;) {
		AUTO_QUESTION struct question question = { .name = "resume", .type = "choice", .title = N_("Resume the interrupted restore?") };
		AUTO_FREE char *answer = NULL;
		int r;

		fill(s, &question);
		r = session_ask_choice(s, &question, &answer);
		if (r < 0)
			return r;
		if (!strcmp(answer, "shell")) {
			r = session_ask_shell(s);
			if (r < 0)
				return r;
			continue;
		}
		s->chosen.resume_asked = true;
		s->chosen.resuming = !strcmp(answer, "resume");
		s->chosen.start_over = !s->chosen.resuming;
		if (s->chosen.start_over) {
			restarted_forget_consent(&s->restarted);
			session_give_wishes(s, s->options->wishes);
		}
		return s->chosen.resuming;
	}
}

bool session_may_erase_late(const struct session *s)
{
	bool named = false;

	for (size_t i = 0; i < strv_length(s->cmdline->targets); i++)
		named |= strcmp(s->cmdline->targets[i], "blank") != 0;
	return s->chosen.mode != MODE_NUKE || named || s->restarted.consent || s->run.resumed == STAGE_EXTRACT;
}

const char *session_erases_not_late(const struct session *s)
{
	if (s->options->rescue)
		return N_("The system may have been started since, so it is not erased unattended: name its disk with lifeboat.target=, or restore "
			  "interactively");
	return N_("The system may have been started since, so it is not erased unattended: name its disk with --target, or restore interactively");
}

/* The results of extracting are needed where the system is made bootable: only from the verify phase on they are not looked at again. */
bool session_is_past(struct session *s, enum restore_stage stage)
{
	const char *name = stage_name(stage);

	if (!s->chosen.plan->resumes || s->run.resumed <= stage || s->run.resumed < STAGE_VERIFY)
		return false;
	progress_begin(s->ctx, name, 0, 0);
	progress_end(s->ctx);
	return true;
}

void session_note_stage(struct session *s, enum restore_stage stage)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);
	const struct restore_job job = session_job(s);
	int r;

	if (!s->run.noted || (s->chosen.plan->resumes && s->run.resumed >= stage))
		return;
	r = journal_mark(&job, &s->run, &s->outcome, stage);
	if (r == 0)
		r = unfinished_mark(&job, &s->run, stage);
	if (r < 0)
		context_info(s->ctx, "if the restore is interrupted from here on, more is done again: it cannot be noted how far it came: %s",
			     strerror(-r));
}
