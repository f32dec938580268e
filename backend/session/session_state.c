/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session_state.h"

#include <string.h>

#include "../core/clock.h"
#include "../core/event.h"
#include "../core/progress.h"
#include "../core/sentence.h"
#include "../protocol/client.h"
#include "content_check.h"
#include "readme.h"
#include "set_check.h"

double session_worked_s(const struct session *s)
{
	return clock_now() - s->started - s->waited;
}

bool session_is_told_to_end(const struct session *s)
{
	return s->options->told_to_end && atomic_load(s->options->told_to_end);
}

/* ---- what the phase that runs says of itself ---- */

/* It goes to every front end and into the state: places in it show no password. */
static void set_note(struct session *s, const char *format, va_list arguments)
{
	free(s->walk.note);
	s->walk.note = sentence_va(format, arguments);
}

int session_skip(struct session *s, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	set_note(s, format, arguments);
	va_end(arguments);
	s->walk.skip = true;
	return 0;
}

int session_note(struct session *s, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	set_note(s, format, arguments);
	va_end(arguments);
	/* The last word on the phase counts. */
	s->walk.skip = false;
	return 0;
}

int session_jump(struct session *s, const char *name)
{
	s->walk.jump = name;
	return 0;
}

/* ---- what front ends are told ---- */

void session_publish(struct session *s, const char *name, json_t *value)
{
	context_emit(s->ctx, event_value(name, value));
}

bool session_walks(const struct session *s, const struct phase *phase)
{
	enum mode mode = s->chosen.mode;

	/* Until a mode is chosen, the one that most people choose is shown. */
	if (mode == MODE_ASK)
		mode = MODE_INTERACTIVE;
	return (phase->modes & MODE_BIT(mode)) && (!phase->rescue_only || s->options->rescue);
}

static json_t *state_event(struct session *s)
{
	json_t *phases = json_array();

	for (size_t i = 0; i < s->walk.count; i++)
		if (session_walks(s, s->walk.table + i))
			json_array_append_new(phases, event_state_phase(s->walk.table[i].name, s->walk.table[i].title,
									phase_state_name(s->walk.states[i]), s->walk.texts[i]));
	return event_state(mode_name(s->chosen.mode), s->options->rescue, phases);
}

void session_tell_state(struct session *s)
{
	context_emit(s->ctx, state_event(s));
}

void session_set_phase(struct session *s, size_t i, enum phase_state state, const char *text)
{
	const struct phase *phase = s->walk.table + i;
	AUTO_FREE char *printable = text_printable(text ? text : "");
	json_t *event;

	/* Front ends show the phases themselves. */
	context_debug(s->ctx, "phase %s: %s -> %s%s%s", phase->name, phase_state_name(s->walk.states[i]), phase_state_name(state),
		      text && *text ? ": " : "", text ? text : "");
	s->walk.states[i] = state;
	free(s->walk.texts[i]);
	s->walk.texts[i] = TAKE_POINTER(printable);
	event = state_event(s);
	server_keep(s->server, event);
	json_decref(event);
	/* A shell may be opened at any time. */
	if (state == PHASE_RUNNING)
		session_readme(s);
	context_emit(s->ctx, event_phase(phase->name, phase->title, phase_state_name(state), s->walk.texts[i]));
}

#define PUT_IN_UNATTENDED_S 3600

void session_limit_waits(struct session *s, enum mode mode)
{
	s->ctx->put_in_s = s->cmdline->set_wait ? s->cmdline->set_wait : mode == MODE_NUKE ? PUT_IN_UNATTENDED_S : 0;
}

void session_set_mode(struct session *s, enum mode mode)
{
	if (s->chosen.mode != mode)
		context_info(s->ctx, "mode: %s -> %s", mode_name(s->chosen.mode), mode_name(mode));
	s->chosen.mode = mode;
	session_limit_waits(s, mode);
	session_tell_state(s);
}

/* ---- what is written down ---- */

struct restore_job session_job(const struct session *s)
{
	const struct manifest *manifest = s->chosen.set ? set_manifest(s->chosen.set) : NULL;

	return (struct restore_job){ .ctx = s->ctx, .root = s->root, .manifest = manifest, .plan = s->chosen.plan, .wishes = s->chosen.wishes,
				     .network = s->network_kept,
				     .layout = s->chosen.plan ? s->chosen.plan->target.wanted : manifest ? manifest->layout : NULL };
}

void session_write_file(struct session *s, const char *name, const char *text)
{
	if (s->state)
		state_write(s->ctx, s->state, name, text);
}

void session_readme(struct session *s)
{
	const struct readme readme = {
		.state = s->state, .root = s->root, .socket = s->options->socket ? s->options->socket : ENGINE_SOCKET, .log = s->options->log,
		.set = s->chosen.set ? set_place(s->chosen.set) : NULL, .media = &s->found.media, .plan = s->chosen.plan,
		.written = atomic_load(&s->writing), .written_before = s->restarted.happened, .mounted = s->mounted,
	};
	AUTO_FREE char *text = s->state ? readme_text(&readme) : NULL;

	if (text)
		session_write_file(s, "README", text);
}

int session_checkpoint(struct session *s)
{
	const struct checkpoint checkpoint = {
		.phase = s->walk.table[s->walk.current].name, .mode = s->chosen.mode, .crashes = s->restarted.crashes,
		.manifest = s->chosen.set ? set_manifest(s->chosen.set) : NULL, .plan = s->chosen.plan, .confirmed = s->chosen.confirmed,
		.wishes = s->chosen.wishes, .network = s->network_kept,
		.writing = atomic_load(&s->writing), .touched = s->touched, .started = s->started, .waited = s->waited,
	};

	return s->state ? checkpoint_save(s->ctx, s->state, &checkpoint) : 0;
}

static void take_wishes(struct session *s)
{
	json_decref(s->chosen.wishes);
	json_decref(TAKE_POINTER(s->chosen.unshared));
	s->chosen.wishes = json_incref(s->given_wishes);
	s->chosen.settled = false;
}

void session_give_wishes(struct session *s, json_t *wishes)
{
	json_decref(s->given_wishes);
	s->given_wishes = wishes ? json_incref(wishes) : json_object();
	take_wishes(s);
}

void session_forget_choices(struct session *s)
{
	content_check_free(TAKE_POINTER(s->contents));
	set_check_free(TAKE_POINTER(s->chosen.check));
	s->chosen.salvage = s->chosen.once_taken = false;
	plan_free(TAKE_POINTER(s->chosen.plan));
	looked_keys_wipe(&s->chosen.looked);
	s->chosen.asked_inside = false;
	if (s->chosen.set != s->passing)
		set_close(s->chosen.set);
	s->chosen.set = NULL;
	medium_done(&s->chosen.medium);
	s->chosen.places = strv_free(s->chosen.places);
	*s->chosen.stamp = '\0';
	s->chosen.confirmed = strv_free(s->chosen.confirmed);
	take_wishes(s);
	outcome_forget(&s->outcome);
	s->mounted = false;
	progress_free(TAKE_POINTER(s->ctx->progress));
	s->ctx->progress = NULL;
}
