/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media_lost.h"

#include <errno.h>
#include <string.h>

#include "../core/clock.h"
#include "../core/progress.h"
#include "phase_table.h"
#include "content_check.h"
#include "set_check.h"

#define AT_ONCE_S 2
#define TRIES_MAX 7
#define PAUSE_MAX_S 30
#define SETTLE_S 8            /* a medium that was just put back: found by the kernel, mounted */
#define SETTLE_DRIVE_S 40     /* a drive that says that it has taken a disc and looks at it */

/* -ECANCELED, or 0 after so many fifths of a second. */
static int pause_for(struct session *s, unsigned fifths)
{
	for (unsigned i = 0; i < fifths; i++) {
		int r = context_check_cancel(s->ctx);

		if (r < 0)
			return r;
		clock_pause(0.2);
	}
	return 0;
}

/* The same for a pause that doubles each time. */
static int pause_before_try(struct session *s, unsigned tries)
{
	unsigned seconds = tries > 5 ? PAUSE_MAX_S : 1u << (tries - 1);

	context_info(s->ctx, "the medium is tried again in %u seconds", seconds);
	return pause_for(s, seconds * 5);
}

/* What a person has to do about WHY: what is wrong with the drive or the device says it best. New string. */
static char *explain(struct session *s, const char *why)
{
	const struct medium *medium = &s->chosen.medium;
	char *text = medium->device ? medium_explain(medium, device_state(s->ctx, medium->device)) : NULL;

	if (text)
		context_info(s->ctx, "%s", why);
	return text ? text : strdup(why);
}

/* ASK_ANSWERED with "retry", "salvage" or "abort" in *RET; AT_ONCE: no person gave it. */
static int ask_medium(struct session *s, int error, const char *why, char **ret, bool *at_once)
{
	AUTO_QUESTION struct question question = { .name = "media-lost", .type = "choice", .title = N_("The recovery set cannot be read") };
	bool written = atomic_load(&s->writing);
	double asked;
	int r;

	question.text = explain(s, why);
	question.reason = question.text ? strdup(question.text) : NULL;
	question_data(&question, "written", json_boolean(written));
	question_option(&question, "retry", "Try again", N_("The medium is back in its place."), NULL);
	if (set_error_is_damage(error))
		question_option(&question, "salvage", "Restore what is intact", N_("The files that are lost are listed at the end."), NULL);
	question_option(&question, "abort", "Give up", written ? N_("What was restored so far stays as it is.") : N_("Nothing was written."), NULL);
	asked = clock_now();
	r = session_ask_choice(s, &question, ret);
	*at_once = clock_now() - asked < AT_ONCE_S;
	return r;
}

/* Fifths of a second in which the medium may still appear. On a running system whoever answered has mounted it. */
static unsigned patience_left(const struct session *s)
{
	const struct medium *medium = &s->chosen.medium;

	if (!s->options->rescue)
		return 0;
	return 5 * (medium->device && device_state(s->ctx, medium->device) == DEVICE_NOT_READY ? SETTLE_DRIVE_S : SETTLE_S);
}

/* Opens the set where it is now, waiting a while for it. 0 or -errno with a sentence. */
static int reopen(struct session *s)
{
	for (unsigned waited = 0;; waited += 2) {
		int r = session_reopen_set(s), paused;

		if (r == 0 || r == -ECANCELED || r == -ENOMEM || waited >= patience_left(s))
			return r;
		paused = pause_for(s, 2);
		if (paused < 0)
			return paused;
		context_clear(s->ctx);
	}
}

/* The answer "salvage". */
static int salvage(struct session *s, const char *why)
{
	context_warn(s->ctx, "%s; what is intact is restored", why);
	context_clear(s->ctx);
	s->chosen.salvage = true;
	return 1;
}

/* After the answer "retry": 1: it is there; 0: nobody waits any longer; -errno, and after -ENOMEDIUM it is asked for again. */
static int try_again(struct session *s, const char *why, bool at_once, struct media_patience *patience)
{
	int r;

	context_clear(s->ctx);
	patience->tries = at_once ? patience->tries + 1 : 0;
	if (patience->tries > TRIES_MAX) {
		context_fail(s->ctx, EIO, "%s. The medium was tried again %d times, and nothing came of it", why, TRIES_MAX);
		return 0;
	}
	r = patience->tries > 1 ? pause_before_try(s, patience->tries - 1) : 0;
	if (r == 0)
		r = reopen(s);
	/* What cannot be opened is away, not damaged: nothing of it could be salvaged. */
	return r == 0 ? 1 : r == -ECANCELED || r == -ENOMEM ? r : -ENOMEDIUM;
}

static int ask_until_there(struct session *s, int error, struct media_patience *patience)
{
	AUTO_FREE char *why = strdup(context_detail(s->ctx));

	if (run_finished(&s->run) > patience->finished)
		*patience = (struct media_patience){ .finished = run_finished(&s->run) };
	while (why) {
		AUTO_FREE char *answer = NULL;
		bool at_once;
		int r = ask_medium(s, error, why, &answer, &at_once);

		if (r != ASK_ANSWERED)
			return r < 0 ? r : 0;
		if (!strcmp(answer, "salvage"))
			return salvage(s, why);
		if (!strcmp(answer, "abort")) {
			context_fail(s->ctx, EIO, "%s", why);
			return 0;
		}
		error = r = try_again(s, why, at_once, patience);
		if (r != -ENOMEDIUM)
			return r;
		free(why);
		why = strdup(context_detail(s->ctx));
		context_clear(s->ctx);
	}
	return context_oom(s->ctx);
}

int media_lost_ask(struct session *s, int error, struct media_patience *patience)
{
	int r;

	/* It reads the set as it was opened before. */
	content_check_free(TAKE_POINTER(s->contents));
	/* Neither people nor the search for the medium count. */
	progress_pause(s->ctx);
	r = ask_until_there(s, error, patience);
	progress_resume(s->ctx);
	if (r == 1)
		context_info(s->ctx, "The medium is back; the work continues");
	return r;
}

int media_look(struct session *s)
{
	/* What is damaged is known where it is left out. */
	int r = session_salvages(s) ? set_look(s->ctx, s->chosen.set) : set_look_closely(s->ctx, s->chosen.set);
	char stamp[DIGEST_HEX];

	if (r == 0)
		r = set_stamp(s->ctx, s->chosen.set, stamp);
	if (r == 0 && strcmp(stamp, s->chosen.stamp))
		return context_fail(s->ctx, ESTALE, "Files of the recovery set at %s were changed since it was checked", set_place(s->chosen.set));
	return r;
}

int media_regain(struct session *s, int error, struct media_patience *patience)
{
	int r = 1;

	set_check_free(TAKE_POINTER(s->chosen.check));
	if (error == -ENOMEDIUM) {
		r = media_lost_ask(s, error, patience);
		if (r != 1)
			return r;
	} else {
		context_warn(s->ctx, "%s: it is checked again", context_detail(s->ctx));
		context_clear(s->ctx);
	}
	if (error == -ENOMEDIUM && *s->chosen.stamp) {
		AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);

		if (media_look(s) == 0)
			return 1;
		context_info(s->ctx, "the recovery set is checked again: %s", context_detail(s->ctx));
	}
	*s->chosen.stamp = '\0';
	r = session_begin_check(s);
	return r < 0 ? r : 1;
}
