/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "chosen_set.h"

#include <errno.h>
#include <string.h>

#include "../core/clock.h"
#include "../core/progress.h"
#include "../notify/notifier.h"
#include "ask.h"
#include "content_check.h"
#include "network_question.h"
#include "next_disc.h"
#include "passing_set.h"

/* A drive may try a spoilt place of a disc again for a minute or two; what says nothing for longer is asked for. */
#define PATIENCE_S 180

#define AT_ONCE_S 2
#define TRIES_MAX 7
#define PAUSE_MAX_S 30
#define SETTLE_S 8            /* a medium that was just put back: found by the kernel, mounted */
#define SETTLE_DRIVE_S 40     /* a drive that says that it has taken a disc and looks at it */

static void be_patient(const struct session *s)
{
	unsigned wait = s->cmdline->set_wait;

	set_be_patient(s->chosen.set, wait ? wait : PATIENCE_S, wait);
}

/* The place that NAME names: as it is, or escaped as front ends get it. Borrowed; NULL when none is called so. */
static const char *known_place(const struct session *s, const char *name)
{
	for (size_t i = 0; i < s->found.media.count; i++)
		for (char **place = s->found.media.sets[i].places; place && *place; place++) {
			AUTO_FREE char *shown = media_place_name(*place);

			if (!strcmp(*place, name) || (shown && !strcmp(shown, name)))
				return *place;
		}
	return NULL;
}

/* What a person typed may be a disc or a device that has to be mounted first. */
static int resolve_location(struct session *s, const char *location, char **ret)
{
	const char *place = known_place(s, location);
	size_t before = s->found.media.count;
	ssize_t known;
	int r;

	if (place || !s->options->rescue) {
		*ret = strdup(place ? place : location);
		return *ret ? 0 : context_oom(s->ctx);
	}
	r = session_network_for(s, location);
	if (r == 0)
		r = media_add_location(s->ctx, &s->found.media, location);
	if (r < 0)
		return r;
	known = media_find(&s->found.media, location);
	session_publish(s, "sets", media_to_json(&s->found.media));
	if (known < 0 && s->found.media.count > before)
		known = (ssize_t)before;
	/* Another place of a set that is known: whoever named it wants it read from there. */
	place = known < 0 ? known_place(s, location) : NULL;
	if (place) {
		*ret = strdup(place);
		return *ret ? 0 : context_oom(s->ctx);
	}
	if (known < 0)
		return context_fail(s->ctx, ENOENT, "%s holds no further recovery set", location);
	*ret = strdup(s->found.media.sets[known].location);
	return *ret ? 0 : context_oom(s->ctx);
}

/* Servers that offer the set, for when the one it is read from does not return: a search of the media here does not find them again. */
static int keep_places(struct session *s)
{
	ssize_t found = s->passing ? -1 : media_find_same(&s->found.media, set_manifest(s->chosen.set)->sha256);

	for (char **place = found >= 0 ? s->found.media.sets[found].places : NULL; place && *place; place++)
		if (strstr(*place, "://") && strv_append(&s->chosen.places, *place) < 0)
			return context_oom(s->ctx);
	return 0;
}

int session_open_set(struct session *s, const char *location)
{
	AUTO_FREE char *place = NULL;
	int r = resolve_location(s, location, &place);

	if (r < 0)
		return r;
	session_forget_choices(s);
	/* Opened already: there is no other place then. */
	r = s->passing ? 0 : set_open(s->ctx, place, &s->chosen.set);
	if (r == 0 && s->chosen.set)
		r = passing_set_keep(s, &s->chosen.set);
	if (r < 0)
		return r;
	if (s->passing)
		s->chosen.set = s->passing;
	else
		be_patient(s);
	next_disc_attach(s);
	notifier_know_set(s->notifier, set_manifest(s->chosen.set)->machine.host, set_manifest(s->chosen.set)->set_id);
	medium_of_path(s->ctx, set_file_path(place), &s->chosen.medium);
	media_unmount_others(s->ctx, &s->found.media, place);
	return keep_places(s);
}

/* The set at LOCATION, or at another server that offers the same. As set_open(). */
static int open_again(struct session *s, const char *location, struct set **ret)
{
	const char *sha256 = set_manifest(s->chosen.set)->sha256;
	AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);
	int r = set_open(s->ctx, location, ret);

	for (char **place = s->chosen.places; r < 0 && r != -ECANCELED && r != -ENOMEM && place && *place; place++) {
		AUTO_SCOPE struct error_scope other = context_scope_begin(s->ctx);

		if (!strcmp(*place, location) || set_open(s->ctx, *place, ret) < 0)
			continue;
		if (!strcmp(set_manifest(*ret)->sha256, sha256))
			return 0;
		set_close(TAKE_POINTER(*ret));
	}
	return context_scope_keep(&scope, r);
}

/* Opens it again, wherever it is now: its medium was away. Only the very set that was checked, confirmed and planned for is taken. 0 or -errno with a
 * sentence. */
static int reopen_set(struct session *s)
{
	const struct manifest *manifest = set_manifest(s->chosen.set);
	AUTO_FREE char *location = strdup(set_location(s->chosen.set));
	struct set *again = NULL;
	int r;

	set_let_go(s->chosen.set);
	if (s->options->rescue) {
		AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);
		ssize_t found;

		media_release(s->ctx, &s->found.media);
		r = media_scan(s->ctx, &s->found.media);
		found = r < 0 ? -1 : media_find_same(&s->found.media, manifest->sha256);
		if (found >= 0) {
			free(location);
			location = strdup(s->found.media.sets[found].location);
		}
	}
	if (!location)
		return context_oom(s->ctx);
	r = open_again(s, location, &again);
	if (r == -ENOENT)
		return s->options->rescue
			       ? context_reword(s->ctx, ENOENT, "The recovery set is no longer at %s, and on no other medium here", location)
			       : context_reword(s->ctx, ENOENT, "The recovery set is no longer at %s", location);
	if (r < 0)
		return r;
	if (strcmp(set_manifest(again)->sha256, manifest->sha256)) {
		set_close(again);
		return context_fail(s->ctx, EMEDIUMTYPE, "%s holds another recovery set", location);
	}
	if (s->passing == s->chosen.set)
		s->passing = again;
	set_close(s->chosen.set);
	s->chosen.set = again;
	be_patient(s);
	next_disc_attach(s);
	medium_done(&s->chosen.medium);
	medium_of_path(s->ctx, set_file_path(set_location(again)), &s->chosen.medium);
	media_unmount_others(s->ctx, &s->found.media, set_location(again));
	return 0;
}

bool session_salvages(const struct session *s)
{
	return s->chosen.salvage || s->cmdline->salvage;
}

/* ---- media-lost ---- */

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
static int reopen_patiently(struct session *s)
{
	for (unsigned waited = 0;; waited += 2) {
		int r = reopen_set(s), paused;

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
		r = reopen_patiently(s);
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
