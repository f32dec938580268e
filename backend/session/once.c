/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "once.h"

#include <errno.h>
#include <string.h>

#include "../core/background.h"
#include "../core/clock.h"
#include "../core/progress.h"
#include "../notify/notifier.h"
#include "../remote/post.h"
#include "session_state.h"

#define PATIENCE_S 300.0
#define FIRST_PAUSE_S 1.0
#define LONGEST_PAUSE_S 15.0

struct asking {
	struct session *session;
	struct post_answer answer;
};

/* In a thread of its own: the message is made again for each attempt, because its number grows. */
static int ask_in_time(void *data)
{
	struct asking *asking = data;
	struct session *s = asking->session;
	double end = clock_now() + PATIENCE_S, pause = FIRST_PAUSE_S;
	bool again, said = false;

	for (;;) {
		AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);
		AUTO_FREE char *text = notifier_print(s->notifier, NOTICE_ONCE, s->chosen.plan->resumes);
		int r = text ? remote_post(s->ctx, notifier_remote(s->notifier), text, strlen(text), &asking->answer, &again) : context_oom(s->ctx);

		if (r == 0 || !again || clock_now() + pause > end || context_is_cancelled(s->ctx))
			return context_scope_keep(&scope, r);
		if (!said)
			context_warn(s->ctx, "Waiting for the receiver that counts this restore (lifeboat.notify=): %s", context_detail(s->ctx));
		said = true;
		for (double until = clock_now() + pause; clock_now() < until && !context_is_cancelled(s->ctx);)
			clock_pause(0.2);
		pause = pause * 2 < LONGEST_PAUSE_S ? pause * 2 : LONGEST_PAUSE_S;
	}
}

static int ask(struct session *s, struct asking *asking)
{
	struct background work;
	int r = background_start(&work, ask_in_time, asking);

	if (r < 0)
		return r == -ENOMEM ? context_oom(s->ctx) : context_fail(s->ctx, -r, "A thread cannot be started: %s", strerror(-r));
	while (!background_wait(&work))
		;
	r = background_result(&work);
	background_join(&work);
	return context_is_cancelled(s->ctx) ? context_cancelled(s->ctx) : r;
}

/* Reasons of a receiver, by name (fleet/once.h), and what a person does about them. */
static const struct {
	const char *name, *text;
} refusals[] = {
	{ "unknown", N_("the receiver does not know the entry: it was replaced or removed meanwhile") },
	{ "machine", N_("the entry belongs to another machine, or another machine has used it already") },
	{ "set", N_("the entry was used for another recovery set") },
	{ "ended", N_("the restore that the entry was made for has ended already") },
	{ "storage", N_("the receiver could not replace the entry; its own messages say why") },
	{ "elsewhere", N_("the receiver keeps no entries of boot servers; start it with --tree") },
};

static const char *refusal_text(const char *reason)
{
	for (size_t i = 0; reason && i < ARRAY_LENGTH(refusals); i++)
		if (!strcmp(refusals[i].name, reason))
			return sentence_words(refusals[i].text);
	return sentence_words(N_("the receiver's answer is none that Lifeboat knows"));
}

static int fail_refused(struct context *ctx, const char *reason)
{
	return context_fail(ctx, EPERM, "This machine's entry on the boot server restores once, and may not be used now: %s. To restore the machine, make "
			    "a new entry on the boot server (lifeboat media pxe --machine ... --once)", refusal_text(reason));
}

/* An answer counts only when it names the very token: a server that answers everything allows nothing. */
static int judge(struct session *s, const char *text)
{
	json_auto_t *answer = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
	const char *once = json_string_value(json_object_get(answer, "once")), *token = json_string_value(json_object_get(answer, "token"));

	if (!once || !token || strcmp(token, s->cmdline->once))
		return fail_refused(s->ctx, NULL);
	if (!strcmp(once, "granted"))
		return 0;
	if (strcmp(once, "resume"))
		return fail_refused(s->ctx, strcmp(once, "refused") ? NULL : json_string_value(json_object_get(answer, "reason")));
	/* What an earlier start of the machine began is continued, never done a second time. */
	if (s->chosen.plan->resumes)
		return 0;
	return context_fail(s->ctx, EPERM, "This machine's entry on the boot server restores once and was used by an earlier start, and its disks hold no "
			    "interrupted restore that can be resumed. To restore the machine again, make a new entry on the boot server "
			    "(lifeboat media pxe --machine ... --once)");
}

int once_take(struct session *s)
{
	struct asking asking = { .session = s };
	char id[TOKEN_DIGITS + 1];
	unsigned generation;
	int r;

	if (!s->cmdline->once || s->chosen.once_taken)
		return 0;
	if (!token_split(s->cmdline->once, id, &generation))
		return context_fail(s->ctx, EINVAL, "lifeboat.once= holds no token of 'lifeboat media pxe --once'");
	if (!s->notifier)
		return context_fail(s->ctx, EINVAL, "This machine's entry on the boot server restores once, and lifeboat.notify= names no receiver that keeps "
				    "count of it");
	progress_pause(s->ctx);
	r = ask(s, &asking);
	progress_resume(s->ctx);
	if (r < 0 && r != -ECANCELED && r != -ENOMEM)
		r = context_reword(s->ctx, -r, "This machine's entry on the boot server restores once, and the receiver that counts it could not be asked: %s",
				   context_detail(s->ctx));
	if (r == 0)
		r = judge(s, asking.answer.text);
	free(asking.answer.text);
	s->chosen.once_taken = r == 0;
	if (r == 0)
		context_info(s->ctx, "The receiver has counted this restore: the entry on the boot server is used up");
	return r;
}
