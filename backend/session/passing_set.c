/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "passing_set.h"

#include <errno.h>
#include <string.h>

#include "../core/progress.h"
#include "ask.h"
#include "next_disc.h"

static bool keeps_headers(const struct manifest *manifest)
{
	for (size_t i = 0; i < manifest->attachment_count; i++)
		if (!strcmp(manifest->attachments[i].kind, "luks-header"))
			return true;
	return false;
}

int passing_set_keep(struct session *s, struct set **set)
{
	bool stream = set_is_stream(*set);

	/* On tape it can be read again, but each opening reads all of it. Where sets are chosen, another one may be. */
	if (!stream && (!set_is_on_tape(*set) || s->options->rescue))
		return 0;
	/* They pass before the segments, and are wanted by each container in its turn. */
	if (stream && keeps_headers(set_manifest(*set))) {
		int r = set_keep_attachments(s->ctx, *set);

		if (r < 0)
			return r;
	}
	s->passing = TAKE_POINTER(*set);
	return 0;
}

int passing_set_tell(struct session *s, const char *location)
{
	struct progress *progress;
	int r;

	if (s->passing || strncmp(location, "tape:", strlen("tape:")) != 0)
		return 0;
	progress = progress_new();
	if (!progress)
		return context_oom(s->ctx);
	progress_free(TAKE_POINTER(s->ctx->progress));
	s->ctx->progress = progress;
	r = progress_keep_telling(progress, s->ctx);
	if (r < 0)
		context_debug(s->ctx, "progress is told only while something moves: %s", strerror(-r));
	return 0;
}

bool passing_set_is_chosen(const struct session *s)
{
	return s->chosen.set && set_is_stream(s->chosen.set);
}

bool passing_set_is_verified_later(const struct session *s)
{
	return passing_set_is_chosen(s) || (s->cmdline->verify_each && next_disc_is_chosen(s));
}

static int ask_unverified(struct session *s, char **ret)
{
	AUTO_QUESTION struct question question = { .name = "unverified", .type = "choice", .title = N_("The set cannot be verified beforehand"), .back = true };

	question.text = set_is_arriving(s->chosen.set) ?
		sentence("The recovery set comes through a pipe as it is captured and passes only once, so it cannot be verified before the disks are erased. Each part of it "
			 "is restored when its own checksum is right, and is verified when the set's tables come, at its end. If something in it is damaged, the files in it are "
			 "lost, and are listed at the end; if it ends too early, nobody knows what is missing. The disks were erased already then.") :
		sentence("The recovery set comes through a pipe and passes only once, so it cannot be verified before the disks are erased. Each part of it is "
				 "verified when it is restored. If something in it is damaged, or if it ends too early, the files in it are lost, and the disks were "
				 "erased already; these files are listed at the end.");
	question.reason = sentence("The recovery set comes through a pipe, and nobody agreed that disks are erased before it was verified (--verify each)");
	question_option(&question, "abort", "Give up", N_("Nothing was written. Store the set in a directory first: lifeboat set convert - DIRECTORY"), NULL);
	question_option(&question, "restore", N_("Restore unverified"), N_("The disks are erased before the set has been verified."), NULL);
	return session_ask_choice(s, &question, ret);
}

int passing_set_agree(struct session *s)
{
	AUTO_FREE char *answer = NULL;
	int r = !passing_set_is_chosen(s) || s->cmdline->verify_each ? ASK_ANSWERED : ask_unverified(s, &answer);

	if (r != ASK_ANSWERED)
		return r;
	if (answer && strcmp(answer, "restore") != 0)
		return context_fail(s->ctx, EPERM, "The recovery set was not to be restored without having been verified before");
	if (!passing_set_is_verified_later(s))
		return r;
	if (next_disc_is_chosen(s))
		context_warn(s->ctx, "The recovery set lies on several discs, each of which is read once: disks are erased before it was verified, as was agreed "
			     "(lifeboat.verify=each)");
	else
		context_warn(s->ctx, "The recovery set comes through a pipe: disks are erased before it was verified, as was agreed");
	s->chosen.salvage = true;
	return r;
}
