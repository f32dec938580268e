/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "network_question.h"

#include <errno.h>
#include <string.h>

#include "../core/clock.h"
#include "../core/location.h"
#include "../machine/hardware.h"
#include "../network/check.h"
#include "../network/interfaces.h"
#include "../network/kept.h"
#include "../network/network.h"
#include "ask.h"

/* How long an unattended run tries by itself. */
#define WAIT_S 120
#define PAUSE_MAX_S 30

/* The work on one place. */
struct attempt {
	struct session *s;
	const char *place;       /* NULL: the network is wanted for its own sake */
	bool elsewhere;          /* it is no place of a set */
	struct network_target target; /* with PLACE */
	struct network_state state;
	json_t *results;         /* of the last test; NULL: none */
	bool reached;
};

static void attempt_done(struct attempt *attempt)
{
	network_target_done(&attempt->target);
	network_state_done(&attempt->state);
	json_decref(attempt->results);
}
#define AUTO_ATTEMPT CLEANUP(attempt_done)

/* ---- setting it up ---- */

static int read_config(struct attempt *attempt, struct network_config *ret)
{
	const struct cmdline *cmdline = attempt->s->cmdline;
	const struct network_words words = { .ip = cmdline->ip, .vlan = cmdline->vlan, .bond = cmdline->bond, .ifname = cmdline->ifname,
					     .nameserver = cmdline->nameserver, .route = cmdline->route, .bootif = cmdline->bootif };
	int r;

	if (attempt->s->network)
		return network_config_of(attempt->s->ctx, attempt->s->network, ret);
	r = network_config_read(attempt->s->ctx, &words, ret);
	/* An address says by itself that there is to be a network. */
	if (r == 0 && !ret->request_count && (attempt->place || cmdline->notify))
		r = network_config_any(attempt->s->ctx, ret);
	return r;
}

/* Once. 0 or -errno with a sentence. */
static int set_up(struct attempt *attempt)
{
	AUTO_CONFIG struct network_config config = { 0 };
	int r = read_config(attempt, &config);

	if (r < 0)
		return r;
	network_state_done(&attempt->state);
	json_decref(TAKE_POINTER(attempt->results));
	r = network_setup(attempt->s->ctx, &config, attempt->place ? &attempt->target : NULL, &attempt->state);
	attempt->reached = r == 0 && attempt->place;
	return r;
}

static bool is_unattended(const struct session *s)
{
	return s->chosen.mode == MODE_NUKE || s->cmdline->answers;
}

static int pause_for(struct context *ctx, double seconds)
{
	double end = clock_now() + seconds;
	int r;

	while ((r = context_check_cancel(ctx)) == 0 && clock_now() < end)
		clock_pause(0.2);
	return r;
}

/* Again and again until the deadline: servers and switches come up late where power was away. What cannot be understood does not come true by
 * waiting. */
static int set_up_patiently(struct attempt *attempt)
{
	struct session *s = attempt->s;
	unsigned wait = s->cmdline->network_wait ? s->cmdline->network_wait : WAIT_S, pause = 1;
	double end = clock_now() + wait;

	for (;;) {
		AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);
		int r = set_up(attempt);

		if (r >= 0 || r == -ECANCELED || r == -ENOMEM || r == -EINVAL || !is_unattended(s) || !attempt->place)
			return context_scope_keep(&scope, r);
		if (clock_now() + pause >= end)
			return context_scope_keep(&scope, context_reword(s->ctx, -r, "%s. Lifeboat tried for %u seconds", context_detail(s->ctx), wait));
		context_info(s->ctx, "%s. Lifeboat tries again in %u seconds", context_detail(s->ctx), pause);
		r = pause_for(s->ctx, pause);
		if (r < 0)
			return context_scope_keep(&scope, r);
		pause = pause * 2 < PAUSE_MAX_S ? pause * 2 : PAUSE_MAX_S;
	}
}

/* ---- the question ---- */

/* Whether the first bytes of a set come from there. */
static void test_set(struct attempt *attempt)
{
	struct context *ctx = attempt->s->ctx;
	struct media media = { 0 };
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	int r = media_add_location(ctx, &media, attempt->place);
	const char *reason = r < 0 ? context_detail(ctx) : media.count && !media.sets[0].usable ? media.sets[0].reason : NULL;

	if (media.count && !reason)
		network_check_add(attempt->results, "set", json_true(), sentence_words(N_("The recovery set can be read")));
	else
		network_check_add(attempt->results, "set", json_false(), reason ? reason : sentence_words(N_("No recovery set is there")));
	media_release(ctx, &media);
}

static void test(struct attempt *attempt)
{
	json_decref(TAKE_POINTER(attempt->results));
	attempt->results = network_check(attempt->s->ctx, &attempt->state, &attempt->target, &attempt->reached);
	if (attempt->reached && !attempt->elsewhere)
		test_set(attempt);
}

static void fill_question(const struct attempt *attempt, struct question *question, const char *problem, unsigned asked)
{
	const struct session *s = attempt->s;

	question->text = strdup(problem);
	question->reason = strdup(problem);
	question_option(question, "retry", N_("Try again"), N_("As it is set now."), NULL);
	question_option(question, "test", N_("Test"), N_("Link, address, name, ping, port and the first bytes of the set, one by one."), NULL);
	if (attempt->reached)
		question_option(question, "continue", N_("Continue"), N_("The server answers."), NULL);
	question_option(question, "skip", N_("Without this server"), N_("Another recovery set can be chosen later."), NULL);
	question_data(question, "server", json_sprintf("%s", attempt->target.host));
	question_data(question, "port", json_sprintf("%s", attempt->target.port));
	question_data(question, "interfaces", hardware_network(s->ctx));
	question_data(question, "settings", s->network ? json_incref(s->network) : json_object());
	question_data(question, "results", attempt->results ? json_incref(attempt->results) : json_array());
	question_data(question, "asked", json_integer(asked));
}

/* Takes over what was set and tries it. 0 or -errno with a sentence. */
static int take_settings(struct attempt *attempt, json_t *settings)
{
	json_decref(attempt->s->network);
	attempt->s->network = json_deep_copy(settings);
	return set_up(attempt);
}

/* 0: try again or done; 1: leave it; -errno with a sentence: what is wrong now. */
static int take_answer(struct attempt *attempt, json_t *value)
{
	const char *word = json_string_value(value);

	if (!word)
		return take_settings(attempt, value);
	if (!strcmp(word, "retry"))
		return set_up(attempt);
	if (!strcmp(word, "test"))
		test(attempt);
	return strcmp(word, "skip") ? 0 : 1;
}

/* 1: the server is reached; 0: the operator continues without; -errno with a sentence. */
static int ask(struct attempt *attempt, const char *first_problem)
{
	AUTO_FREE char *problem = strdup(first_problem);
	struct session *s = attempt->s;

	for (unsigned asked = 0; problem; asked++) {
		AUTO_QUESTION struct question question = { .name = "network", .type = "settings", .title = N_("Network") };
		json_auto_t *value = NULL;
		AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);
		const char *word;
		int r;

		fill_question(attempt, &question, problem, asked);
		r = session_ask(s, &question, &value);
		if (r != ASK_ANSWERED)
			return context_scope_keep(&scope, r < 0 ? r : -ECANCELED);
		word = json_string_value(value);
		r = take_answer(attempt, value);
		if (r == -ECANCELED || r == -ENOMEM)
			return context_scope_keep(&scope, r);
		if (r == 1)
			return 0;
		/* Who tests wants to see what came of it. */
		if (r == 0 && attempt->reached && !(word && !strcmp(word, "test")))
			return 1;
		if (r == 0)
			continue;
		free(problem);
		problem = strdup(context_detail(s->ctx));
		context_info(s->ctx, "%s", problem ? problem : "");
	}
	return context_oom(s->ctx);
}

/* What reaches the server is kept for the restored machine where that was asked for; what was kept before is not, where it was not. */
static int keep(struct attempt *attempt)
{
	struct session *s = attempt->s;
	AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);
	json_t *kept = NULL;
	int r = s->network ? network_keep(s->ctx, s->network, &attempt->state, &kept) : 0;

	if (r == -ENOMEM)
		return context_scope_keep(&scope, r);
	if (r < 0)
		context_warn(s->ctx, "%s", context_detail(s->ctx));
	if (!s->network)
		return 0;
	json_decref(s->network_kept);
	s->network_kept = kept;
	if (kept)
		context_info(s->ctx, "The network settings of %s are kept for the restored machine", json_string_value(json_object_get(kept, "interface")));
	return 0;
}

static int take_note(struct attempt *attempt, char **ret_note)
{
	if (!attempt->state.note)
		return 0;
	*ret_note = strdup(attempt->state.note);
	return *ret_note ? 0 : context_oom(attempt->s->ctx);
}

/* 1, 0 or -errno, as session_network(). */
static int bring_up(struct attempt *attempt, char **ret_note)
{
	struct session *s = attempt->s;
	AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);
	int r = set_up_patiently(attempt);

	if (r == -ECANCELED || r == -ENOMEM)
		return context_scope_keep(&scope, r);
	if (r < 0 && attempt->place) {
		AUTO_FREE char *problem = strdup(context_detail(s->ctx));

		context_clear(s->ctx);
		s->network_lacks = true;
		/* A person chooses by the cables that are in. */
		if (!is_unattended(s))
			network_bring_all_up(s->ctx);
		r = ask(attempt, problem ? problem : "");
		if (r < 0)
			return context_scope_keep(&scope, r);
		s->network_lacks = r == 0;
		*ret_note = r == 0 ? TAKE_POINTER(problem) : NULL;
		if (r == 0)
			return 0;
	} else if (r < 0) {
		/* A restore from a disc needs no network: that it is not there is said, and matters only when the set lies there. */
		context_warn(s->ctx, "%s", context_detail(s->ctx));
		*ret_note = strdup(context_detail(s->ctx));
		return 0;
	}
	r = keep(attempt);
	if (r == 0)
		r = take_note(attempt, ret_note);
	return r < 0 ? context_scope_keep(&scope, r) : attempt->reached;
}

/* Asks the server of the attempt. 1: it answers, through *RET_BY (new; NULL: not known), or refuses, which leaves its sentence; 0: it is not
 * reached; -ECANCELED or -ENOMEM. A machine that refuses was reached: what is wrong with its service is told by who opens the set. */
static int reach(struct attempt *attempt, char **ret_by)
{
	int r = network_reach(attempt->s->ctx, &attempt->target, ret_by);

	return r == -ECANCELED || r == -ENOMEM ? r : r == 0 || r == -ECONNREFUSED;
}

/* Where nobody said how the network is to be, one that is there already serves: what a person set up in the shell is not set up again. 1: the
 * server is reached; 0: it is not; -errno. */
static int is_reached(struct attempt *attempt, char **ret_note)
{
	struct session *s = attempt->s;
	const struct network_target *target = &attempt->target;
	AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);
	AUTO_FREE char *by = NULL;
	int r;

	if (!attempt->place || s->cmdline->ip || s->cmdline->bootif || s->network)
		return 0;
	r = reach(attempt, &by);
	if (r <= 0)
		return r < 0 ? context_scope_keep(&scope, r) : 0;
	if (*context_detail(s->ctx))
		*ret_note = strdup(context_detail(s->ctx));
	else
		*ret_note = by ? sentence("The server %s answers, through %s", target->host, by) : sentence("The server %s answers", target->host);
	return *ret_note ? 1 : context_scope_keep(&scope, context_oom(s->ctx));
}

int session_network(struct session *s, const char *place, const char *elsewhere, char **ret_note)
{
	AUTO_ATTEMPT struct attempt attempt = { .s = s, .state.current = -1 };
	const char *const places[] = { place, elsewhere };
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(places); i++) {
		r = places[i] ? network_target_of(s->ctx, places[i], &attempt.target) : 0;
		attempt.place = r > 0 ? places[i] : NULL;
		attempt.elsewhere = i > 0;
	}
	if (r < 0)
		return r;
	s->network_lacks = false;
	if (!attempt.place && !s->cmdline->ip && !s->cmdline->bootif && !s->cmdline->notify && !s->network)
		return 0;
	r = is_reached(&attempt, ret_note);
	return r ? r : bring_up(&attempt, ret_note);
}

int session_network_for(struct session *s, const char *place)
{
	AUTO_ATTEMPT struct attempt attempt = { .s = s, .state.current = -1 };
	AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);
	AUTO_FREE char *by = NULL, *note = NULL;
	int r = network_target_of(s->ctx, place, &attempt.target);

	if (r <= 0)
		return context_scope_keep(&scope, r);
	r = reach(&attempt, &by);
	if (r != 0)
		return context_scope_keep(&scope, r < 0 ? r : 0);
	context_clear(s->ctx);
	attempt.place = place;
	r = bring_up(&attempt, &note);
	if (r == 0)
		r = context_fail(s->ctx, ENETUNREACH, "The server %s cannot be reached", attempt.target.host);
	return context_scope_keep(&scope, r < 0 ? r : 0);
}
