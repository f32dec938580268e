/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The phases in which is chosen what to do and with what: mode, the expert's shell, the set. They write to no disk. */
#include <errno.h>
#include <string.h>

#include "../core/progress.h"
#include "../resume/remains.h"
#include "answers_file.h"
#include "ask.h"
#include "checked_set.h"
#include "found.h"
#include "host_key.h"
#include "memory.h"
#include "passing_set.h"
#include "phase_table.h"
#include "resume.h"
#include "set_check.h"

/* ---- mode ---- */

static int ask_welcome(struct session *s)
{
	AUTO_QUESTION struct question question = { .name = "welcome", .type = "choice", .title = N_("Lifeboat"),
						   .certain = true, .preset = json_string("continue") };
	AUTO_FREE char *answer = NULL;
	int r;

	question.text = strdup(atomic_load(&s->writing)
				       ? N_("This is the Lifeboat rescue system. It brings a captured machine back from its recovery set. Disks were "
					    "written already by a restore that was interrupted; nothing more is written to any disk before you have "
					    "seen the plan and confirmed each target disk.")
				       : N_("This is the Lifeboat rescue system. It brings a captured machine back from its recovery set. Nothing is "
					    "written to any disk before you have seen the plan and confirmed each target disk."));
	question_data(&question, "written", json_boolean(atomic_load(&s->writing)));
	question_option(&question, "continue", "Continue", NULL, NULL);
	if (s->options->rescue && !s->run_from_memory)
		question_option(&question, "memory", N_("Run from memory"), N_("The recovery set is copied into memory, where there is room; the medium can "
				"be taken out then."), NULL);
	r = session_ask_choice(s, &question, &answer);
	s->run_from_memory |= r == ASK_ANSWERED && !strcmp(answer, "memory");
	return r;
}

static int ask_mode(struct session *s, enum mode *ret)
{
	static const struct { const char *text, *detail;
	} texts[MODE_COUNT] = {
		[MODE_INTERACTIVE] = { N_("Restore, step by step"), N_("Shows everything and asks before it erases.") },
		[MODE_NUKE] = { N_("Restore without questions"), N_("Erases and restores where the target disks are unambiguous; refuses otherwise.") },
		[MODE_EXPERT] = { N_("A shell"), N_("The rescue tools, the plan and the set within reach; 'exit' comes back here.") },
		[MODE_COMPARE] = { N_("Compare"), N_("Shows what differs between this machine and the set; changes nothing.") },
	};
	AUTO_QUESTION struct question question = { .name = "mode", .type = "choice", .title = N_("What to do") };
	AUTO_FREE char *answer = NULL;
	int r;

	question.text = strdup("");
	question.reason = sentence("No mode was given");
	question.preset = json_string(mode_name(MODE_INTERACTIVE));
	for (enum mode mode = MODE_INTERACTIVE; mode < MODE_COUNT; mode++)
		question_option(&question, mode_name(mode), texts[mode].text, texts[mode].detail, NULL);
	r = session_ask_choice(s, &question, &answer);
	if (r == ASK_ANSWERED)
		mode_parse(answer, ret);
	return r;
}

/* A part of the phase "mode", whose state is not that of loading drivers: what it fails with is told, and what is here is shown. */
static void rescan_drivers(struct session *s)
{
	CLEANUP(modules_result_done) struct modules_result result = { 0 };
	AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);

	if (session_find_drivers(s, &result) < 0)
		context_warn(s->ctx, "Looking for drivers failed: %s", context_detail(s->ctx));
}

/* 1: continue; 0: back; -errno. */
static int show_hardware(struct session *s)
{
	int r;

	do {
		AUTO_QUESTION struct question question = { .name = "hardware",
							   .type = "choice",
							   .title = N_("This machine"),
							   .back = s->options->rescue,
							   .rescan = true,
							   .certain = true,
							   .preset = json_string("continue") };
		AUTO_FREE char *answer = NULL;

		r = session_probe(s, NULL);
		if (r < 0)
			return r;
		question_option(&question, "continue", "Continue", NULL, NULL);
		r = session_ask_choice(s, &question, &answer);
		if (r == ASK_RESCAN)
			rescan_drivers(s);
	} while (r == ASK_RESCAN);
	return r == ASK_ANSWERED ? 1 : r == ASK_BACK ? 0 : r;
}

/* Who may choose sees before which disks are here. That they cannot be looked at is told where they are needed. */
static void try_probe(struct session *s)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);

	(void)session_probe(s, NULL);
}

/* On a running system the set was named by whoever started this: that it is not there is told before anything is asked. */
static int look_at_named_set(struct session *s)
{
	AUTO_SET struct set *set = NULL;

	int r = s->cmdline->set && !s->passing ? passing_set_tell(s, s->cmdline->set) : 0;

	session_limit_waits(s, s->cmdline->mode);
	if (r == 0 && s->cmdline->set && !s->passing)
		r = set_open_arriving(s->ctx, s->cmdline->set, &set);
	return r == 0 && set ? passing_set_keep(s, &set) : r;
}

int phase_mode(struct session *s)
{
	bool given = s->cmdline->mode != MODE_ASK && !s->chosen.ask_mode;
	enum mode mode = s->cmdline->mode;
	int r;

	if (!s->options->rescue && (r = look_at_named_set(s)) < 0)
		return r;
	/* Who begins again after an end that the answers led to takes over from them. */
	if (s->options->rescue && !s->chosen.ask_mode && (r = answers_file_fetch(s)) < 0)
		return r;
	r = resume_ask(s);
	if (r != 0)
		return r < 0 ? r : session_note(s, "%s, resumed", mode_name(s->chosen.mode));
	if (s->options->rescue && !s->chosen.ask_mode && (mode == MODE_ASK || mode == MODE_INTERACTIVE)) {
		session_set_mode(s, mode);
		r = ask_welcome(s);
		if (r < 0)
			return r;
	}
	do {
		if (!given) {
			session_set_mode(s, MODE_ASK);
			try_probe(s);
			r = ask_mode(s, &mode);
			if (r < 0)
				return r;
		}
		session_set_mode(s, mode);
		r = mode == MODE_EXPERT ? 1 : show_hardware(s);
		if (r < 0)
			return r;
		given = false;
	} while (r == 0);
	s->chosen.ask_mode = false;
	return session_note(s, "%s", mode_name(mode));
}

/* ---- expert ---- */

int phase_expert(struct session *s)
{
	int r;

	try_probe(s);
	r = session_ask_shell(s);
	if (r < 0)
		return r;
	s->chosen.ask_mode = true;
	return session_jump(s, "mode");
}

/* ---- set ---- */

static bool matches_given(const struct session *s, const struct media_set *set)
{
	const char *given = s->chosen.resuming ? s->restarted.set_id : s->cmdline->set;

	return given && set->set_id && !strcasecmp(given, set->set_id);
}

/* Usable sets: all, or those with the id that was named. *RET_LAST: one of them. */
static size_t count_sets(const struct session *s, bool given, ssize_t *ret_last)
{
	size_t count = 0;

	for (size_t i = 0; i < s->found.media.count; i++)
		if (s->found.media.sets[i].usable && (!given || matches_given(s, s->found.media.sets + i))) {
			*ret_last = (ssize_t)i;
			count++;
		}
	return count;
}

/* The set to take when nobody is asked: the one that was named, else the only usable one. -1: none is unambiguous. */
static ssize_t preferred_set(const struct session *s)
{
	ssize_t last = -1;
	size_t given = count_sets(s, true, &last);

	return given == 1 || (given == 0 && count_sets(s, false, &last) == 1) ? last : -1;
}

/* Why a person has to choose the set. Borrowed. */
static const char *set_doubt(const struct session *s)
{
	const struct media *media = &s->found.media;
	ssize_t last;

	if (media->count == 0)
		return s->found.media_problem ? s->found.media_problem : N_("No recovery set was found on any disc or disk");
	if (media->count == 1 && media->sets[0].reason)
		return media->sets[0].reason;
	if (count_sets(s, true, &last) > 1)
		return N_("Several recovery sets here have the id that was named, and differ: one is a changed or older copy; name the right one by its place "
			  "(lifeboat.set=), or remove the other's medium");
	return N_("Several recovery sets are here and none was named (lifeboat.set=)");
}

static void offer_set(struct question *question, const struct media_set *set)
{
	AUTO_FREE char *size = bytes_print_size(set->bytes), *name = media_place_name(set->location);
	AUTO_FREE char *text = NULL, *detail = NULL;

	if (!name)
		return;
	if (set->usable)
		text = text_format("%s%s%s, %s", set->host ? set->host : "?", set->label ? ", " : "", set->label ? set->label : "",
				   set->created ? set->created : "?");
	else
		text = strdup(name);
	if (set->usable)
		detail = set->os ? sentence("%s, %s, %s", set->os, size, set->medium) : sentence("%s, %s", size, set->medium);
	else
		detail = set->os ? sentence("%s, cannot be used, %s", set->os, set->medium) : sentence("cannot be used, %s", set->medium);
	question_option(question, name, text ? text : name, detail, set->usable ? NULL : set->reason);
}

/* REFUSED: the place that PROBLEM is about; it can be corrected, unless it has a password, which nobody is shown. */
static void fill_set_question(const struct session *s, struct question *question, const char *problem, const char *refused)
{
	ssize_t preferred = preferred_set(s);

	for (size_t i = 0; i < s->found.media.count; i++)
		offer_set(question, s->found.media.sets + i);
	if (preferred >= 0) {
		AUTO_FREE char *name = media_place_name(s->found.media.sets[preferred].location);

		question->preset = json_string(name ? name : "");
		question->certain = !problem;
	}
	question->text = text_format("%s", problem ? problem : s->found.media.count == 0 && s->found.media_problem ? s->found.media_problem : "");
	question->reason = text_format("%s", problem ? problem : sentence_words(set_doubt(s)));
	question_data(question, "free_text", json_true());
	if (refused) {
		AUTO_FREE char *name = media_place_name(refused);

		if (name && !strcmp(name, refused))
			question_data(question, "place", json_string(name));
	}
}

/* What cannot be looked at hides nothing else, and the question is put again. */
static void rescan_media(struct session *s)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);

	media_release(s->ctx, &s->found.media);
	if (s->chosen.set)
		set_let_go(s->chosen.set);
	if (media_scan(s->ctx, &s->found.media) < 0)
		context_warn(s->ctx, "Looking for recovery sets failed: %s", context_detail(s->ctx));
	session_publish(s, "sets", media_to_json(&s->found.media));
}

/* 1: *RET is the location; 0: back; -errno. */
static int ask_set(struct session *s, const char *problem, const char *refused, char **ret)
{
	int r;

	do {
		AUTO_QUESTION struct question question = { .name = "set", .type = "choice", .title = N_("Recovery set"), .back = true,
							   .rescan = true };

		fill_set_question(s, &question, problem, refused);
		r = session_ask_choice(s, &question, ret);
		if (r == ASK_RESCAN) {
			rescan_media(s);
			problem = NULL;
		}
	} while (r == ASK_RESCAN);
	return r == ASK_ANSWERED ? 1 : r == ASK_BACK ? 0 : r;
}

/* Ordinary seconds of steps whose parts become known when they run. */
#define DISKS_S 4
#define BOOT_S 8            /* an initramfs that serves is kept, and most do; while one is made, files are verified */
#define BOOT_REBUILD_S 28
#define FINISH_S 0.3

/* The steps of the whole job, with what is known of their work. */
static int plan_progress(struct session *s, const struct manifest *manifest)
{
	uint64_t bytes = manifest->total_bytes, files = manifest->total_files, stored = 0;
	struct progress *progress = progress_new();
	int r = progress ? 0 : -ENOMEM;

	for (size_t i = 0; i < manifest->segment_count; i++)
		stored += manifest->segments[i].stored;
	if (r == 0 && s->run_from_memory)
		r = progress_plan(progress, "memory", N_("Copying the recovery set into memory"), PROGRESS_COPY, stored, 0);
	if (r == 0 && !passing_set_is_verified_later(s))
		r = progress_plan(progress, "manifest", N_("Checking the recovery set"), PROGRESS_CHECK, stored, 0);
	if (r == 0 && (MODE_BIT(s->chosen.mode) & MODES_RESTORE)) {
		r = progress_plan_parts(progress, "disks", N_("Preparing the disks"), DISKS_S);
		if (r == 0)
			r = progress_plan(progress, "extract", "Restoring files", PROGRESS_EXTRACT, bytes, files);
		if (r == 0)
			r = progress_plan_parts(progress, "boot", N_("Making the system bootable"),
						s->cmdline->initramfs_always ? BOOT_REBUILD_S : BOOT_S);
		if (r == 0)
			r = progress_plan(progress, "verify", N_("Verifying what was restored"), PROGRESS_COMPARE, bytes, files);
		if (r == 0)
			r = progress_plan_parts(progress, "finish", "Finishing", FINISH_S);
	} else if (r == 0) {
		r = progress_plan(progress, "compare", N_("Comparing"), PROGRESS_COMPARE, bytes, files);
	}
	if (r < 0) {
		progress_free(progress);
		return context_oom(s->ctx);
	}
	progress_free(TAKE_POINTER(s->ctx->progress));
	s->ctx->progress = progress;
	r = progress_keep_telling(progress, s->ctx);
	if (r < 0)
		context_debug(s->ctx, "progress is told only while something moves: %s", strerror(-r));
	return 0;
}

/* Opens the set and begins to read all of it. */
static int take_set(struct session *s, const char *location)
{
	const struct manifest *manifest;
	int r = passing_set_tell(s, location);

	if (r == 0)
		r = session_open_set(s, location);
	if (r < 0)
		return r;
	r = plan_progress(s, set_manifest(s->chosen.set));
	if (r == 0)
		r = session_memory_as_asked(s);
	if (r == 0)
		r = session_begin_check(s);
	if (r < 0)
		return r;
	/* Opened again, where its medium was away meanwhile. */
	manifest = set_manifest(s->chosen.set);
	return session_note(s, "%s, %s, set %s", manifest->machine.host && *manifest->machine.host ? manifest->machine.host
				: sentence_words(N_("a machine without a name")),
			    manifest->created ? manifest->created : "?", manifest->set_id ? manifest->set_id : "?");
}

int phase_manifest(struct session *s)
{
	AUTO_FREE char *problem = NULL, *refused = NULL;
	int r, error = s->found.media_error;

	/* Another set may be chosen now, and its medium looked for. */
	set_check_free(TAKE_POINTER(s->chosen.check));
	/* On a running system the set was named by whoever started this; there is nothing to choose. */
	if (!s->options->rescue && s->root_lock < 0 && (r = remains_take_over(s->ctx, s->root, &s->root_lock)) < 0)
		return r;
	if (!s->options->rescue)
		return s->cmdline->set ? take_set(s, s->cmdline->set) : context_fail(s->ctx, EINVAL, "No recovery set was named");
	refused = error < 0 && s->cmdline->set ? strdup(s->cmdline->set) : NULL;
	for (;;) {
		AUTO_FREE char *location = NULL;
		AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);

		r = refused ? session_agree_host_key(s, error, refused, &location) : 0;
		if (r == 0)
			r = ask_set(s, problem, refused, &location);
		if (r < 0)
			return context_scope_keep(&scope, r);
		if (r == 0) {
			s->chosen.ask_mode = true;
			return session_jump(s, "mode");
		}
		r = take_set(s, location);
		if (r >= 0 || r == -ECANCELED || r == -ENOMEM || s->chosen.mode == MODE_NUKE)
			return context_scope_keep(&scope, r);
		/* A person may choose another one. */
		free(refused);
		refused = TAKE_POINTER(location);
		error = r;
		free(problem);
		problem = strdup(context_detail(s->ctx));
		context_warn(s->ctx, "%s", problem);
	}
}
