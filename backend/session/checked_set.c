/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checked_set.h"

#include <errno.h>
#include <string.h>

#include "../set/discs.h"
#include "ask.h"
#include "next_disc.h"
#include "passing_set.h"
#include "set_check.h"

#define LOST_SHOWN 200

/* 0 or -errno with a sentence; -ENOMEDIUM: the medium is away. */
static int check_digests(struct session *s)
{
	int r = set_check_start(s->ctx, s->chosen.set, VERIFY_DIGEST, &s->chosen.check);

	if (r == 0)
		r = set_check_wait(s->ctx, s->chosen.check);
	set_check_free(TAKE_POINTER(s->chosen.check));
	return r;
}

/* Discs are asked for while it runs, so nothing else is asked meanwhile. What it finds is told at the consent. */
static int check_discs(struct session *s)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);
	int r;

	context_info(s->ctx, "The recovery set lies on %u discs. Each is read twice, to verify it before anything is erased, and to restore from it; with "
		     "lifeboat.verify=each it is read once", set_discs(s->chosen.set)->count);
	r = set_check_start(s->ctx, s->chosen.set, s->cmdline->digests_only ? VERIFY_DIGEST : VERIFY_FULL, &s->chosen.check);
	if (r == 0)
		r = set_check_wait(s->ctx, s->chosen.check);
	if (r < 0 && !set_error_is_damage(r)) {
		set_check_free(TAKE_POINTER(s->chosen.check));
		return context_scope_keep(&scope, r);
	}
	return 0;
}

/* A mode that erases nothing waits here, for the digests only; a restore waits at the consent. */
int session_begin_check(struct session *s)
{
	struct media_patience patience = { 0 };
	int r, asked;

	/* Each part of it is when it is restored. */
	if (passing_set_is_verified_later(s))
		return 0;
	if (next_disc_is_chosen(s) && (MODE_BIT(s->chosen.mode) & MODES_RESTORE))
		return check_discs(s);
	if (MODE_BIT(s->chosen.mode) & MODES_RESTORE)
		return set_check_start(s->ctx, s->chosen.set, s->cmdline->digests_only ? VERIFY_DIGEST : VERIFY_FULL, &s->chosen.check);
	while ((r = check_digests(s)) == -ENOMEDIUM) {
		asked = media_lost_ask(s, r, &patience);
		if (asked <= 0)
			return asked < 0 ? asked : -EIO;
	}
	return r;
}

int media_look(struct session *s)
{
	/* What is damaged is known where it is left out. */
	int r;
	char stamp[DIGEST_HEX];

	/* Each is looked at when it is in a drive. */
	if (next_disc_is_chosen(s))
		return 0;
	r = session_salvages(s) ? set_look(s->ctx, s->chosen.set) : set_look_closely(s->ctx, s->chosen.set);

	if (r == 0 && passing_set_is_chosen(s))
		return 0;
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

/* IN_FULL: the check looked into the set, so what it did not find lost is not lost. */
static char *describe(const struct verify_result *result, bool in_full, const char *why)
{
	if (result->names_unknown)
		return sentence("%s. The index is damaged, so the files that are lost with it cannot be named.", why);
	if (!result->lost_count)
		return in_full ? sentence("%s. No file is lost with it.", why) :
			sentence("%s. Which files are lost with it was not checked.", why);
	return sentence("%s. %llu of %llu entries cannot be restored.", why, (unsigned long long)result->lost_count,
			   (unsigned long long)result->files);
}

static json_t *lost_list(const struct verify_result *result)
{
	json_t *list = json_array();

	for (size_t i = 0; result->lost && result->lost[i] && i < LOST_SHOWN; i++)
		json_array_append_new(list, json_string(result->lost[i]));
	return list;
}

/* ASK_ANSWERED with *RET, or as session_ask(). */
static int ask_damaged(struct session *s, const char *why, char **ret)
{
	static const struct verify_result unknown = { 0 };
	const struct verify_result *result = s->chosen.check ? set_check_result(s->chosen.check) : &unknown;
	AUTO_QUESTION struct question question = { .name = "set-damaged", .type = "choice", .title = N_("The recovery set is damaged") };

	question.text = describe(result, s->chosen.check && !s->cmdline->digests_only, why);
	question.reason = s->options->rescue ? sentence("%s (lifeboat.salvage restores what is intact)", why) :
					       sentence("%s (--salvage restores what is intact)", why);
	question_data(&question, "list", lost_list(result));
	question_data(&question, "total", json_integer((json_int_t)result->lost_count));
	question_option(&question, "retry", "Check again", N_("The medium was cleaned or connected again."), NULL);
	question_option(&question, "salvage", "Restore what is intact", N_("The files that are lost are listed at the end."), NULL);
	if (s->options->rescue)
		question_option(&question, "other", "Choose another set", NULL, NULL);
	return session_ask_choice(s, &question, ret);
}

/* 0: restore from it; 1: choose another set; ASK_RESCAN: check again; -errno. */
static int decide(struct session *s, const char *why)
{
	AUTO_FREE char *answer = NULL;
	int r = s->cmdline->salvage ? ASK_ANSWERED : ask_damaged(s, why, &answer);

	if (r != ASK_ANSWERED)
		return r < 0 ? r : ASK_RESCAN;
	if (answer && !strcmp(answer, "retry"))
		return ASK_RESCAN;
	if (answer && !strcmp(answer, "other")) {
		session_jump(s, "manifest");
		return 1;
	}
	s->chosen.salvage = true;
	context_warn(s->ctx, "%s; what is intact is restored", why);
	return 0;
}

int session_check_set(struct session *s, bool wait)
{
	struct media_patience patience = { 0 };
	int r = ASK_RESCAN;

	while (r == ASK_RESCAN) {
		struct error_scope scope = context_scope_begin(s->ctx);
		AUTO_FREE char *why = NULL;

		if (s->chosen.check && (wait || set_check_is_over(s->chosen.check)))
			r = set_check_wait(s->ctx, s->chosen.check);
		else
			return context_scope_keep(&scope, 0);
		if (r == -ECANCELED || r == -ENOMEM)
			return context_scope_keep(&scope, r);
		/* Away before anything was found wrong with it. */
		if (r == -ENOMEDIUM) {
			r = media_regain(s, r, &patience);
			if (r <= 0)
				return context_scope_keep(&scope, r < 0 ? r : -EPERM);
			context_scope_end(&scope);
			r = ASK_RESCAN;
			continue;
		}
		why = r < 0 ? strdup(context_detail(s->ctx)) : NULL;
		context_scope_end(&scope);
		if (r == 0)
			context_info(s->ctx, "the recovery set is whole");
		else
			r = decide(s, why ? why : strerror(-r));
		if (r < 0)
			return r;
		memcpy(s->chosen.stamp, set_check_stamp(s->chosen.check), DIGEST_HEX);
		set_check_free(TAKE_POINTER(s->chosen.check));
		if (r == ASK_RESCAN) {
			int begun = session_begin_check(s);

			if (begun < 0)
				return begun;
		}
	}
	return r;
}

int session_meet_damage(struct session *s, int error, char **ret)
{
	AUTO_FREE char *why = strdup(context_detail(s->ctx));
	struct media_patience patience = { 0 };
	int r;

	if (!why)
		return -ENOMEM;
	if (error == -ENOMEDIUM) {
		r = media_regain(s, error, &patience);
		return r == 1 ? ASK_RESCAN : r < 0 ? r : -EPERM;
	}
	context_clear(s->ctx);
	/* The check knows of all damage, and names what it costs. */
	r = session_check_set(s, true);
	if (r == 0 && !session_salvages(s))
		r = decide(s, why);
	if (r == 0)
		*ret = TAKE_POINTER(why);
	return r;
}
