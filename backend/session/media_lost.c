#include "media_lost.h"

#include <errno.h>
#include <string.h>

#include "../core/clock.h"
#include "phase_table.h"

#define AT_ONCE_S 2
#define TRIES_MAX 7
#define PAUSE_MAX_S 30

/* -ECANCELED, or 0 after a pause that doubles each time. */
static int pause_before_try(struct session *s, unsigned tries)
{
	unsigned seconds = tries > 5 ? PAUSE_MAX_S : 1u << (tries - 1);

	context_info(s->ctx, "the medium is tried again in %u seconds", seconds);
	for (unsigned i = 0; i < seconds * 5; i++) {
		int r = context_check_cancel(s->ctx);

		if (r < 0)
			return r;
		clock_pause(0.2);
	}
	return 0;
}

/* ASK_ANSWERED with "retry", "salvage" or "abort" in *RET; AT_ONCE: no person gave it. */
static int ask_medium(struct session *s, int error, const char *why, char **ret, bool *at_once)
{
	AUTO_QUESTION struct question question = { .name = "media-lost", .type = "choice", .title = "The set cannot be read on" };
	double asked;
	int r;

	question.text = strdup(why ? why : "");
	question.reason = strdup(why ? why : "");
	question_option(&question, "retry", "Try again", "The medium is back in its place.", NULL);
	if (set_error_is_damage(error))
		question_option(&question, "salvage", "Restore what is intact", "The files that are lost are listed at the end.", NULL);
	question_option(&question, "abort", "Give up", "What was restored so far stays as it is.", NULL);
	asked = clock_now();
	r = session_ask_choice(s, &question, ret);
	*at_once = clock_now() - asked < AT_ONCE_S;
	return r;
}

int media_lost_ask(struct session *s, int error, struct media_patience *patience)
{
	AUTO_FREE char *why = strdup(context_detail(s->ctx));

	if (run_finished(&s->run) > patience->finished)
		*patience = (struct media_patience){ .finished = run_finished(&s->run) };
	for (;;) {
		AUTO_FREE char *answer = NULL;
		bool at_once;
		int r = ask_medium(s, error, why, &answer, &at_once);

		if (r != ASK_ANSWERED)
			return r < 0 ? r : 0;
		if (!strcmp(answer, "abort")) {
			context_fail(s->ctx, EIO, "%s", why ? why : "");
			return 0;
		}
		if (!strcmp(answer, "salvage")) {
			context_warn(s->ctx, "%s; what is intact is restored", why ? why : strerror(-error));
			context_clear(s->ctx);
			s->chosen.salvage = true;
			return 1;
		}
		context_clear(s->ctx);
		patience->tries = at_once ? patience->tries + 1 : 0;
		if (patience->tries > TRIES_MAX) {
			context_fail(s->ctx, EIO, "%s. The medium was tried again %d times, and nothing came of it", why ? why : "", TRIES_MAX);
			return 0;
		}
		r = patience->tries > 1 ? pause_before_try(s, patience->tries - 1) : 0;
		if (r < 0)
			return r;
		r = session_reopen_set(s);
		if (r == 0)
			return 1;
		/* What cannot be opened is away, not damaged: nothing of it could be salvaged. */
		error = r;
		free(why);
		why = strdup(context_detail(s->ctx));
		context_clear(s->ctx);
	}
}
