/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "next_disc.h"

#include <errno.h>
#include <string.h>

#include "../core/clock.h"
#include "../media/device.h"
#include "../media/disc_search.h"
#include "ask.h"

#define LOOK_S 1.0

struct wanted {
	struct session *session;
	struct context *ctx;     /* of who reads; the session's own, or another */
	const struct discs *discs;
	uint32_t number;
	char *name;              /* for people: "disc 2 of 3 (LIFEBOAT_0A1B2C3D_2)" */
	char *place;             /* where it is; NULL: it is nowhere */
	char *others;            /* what is there instead, as it was asked; NULL: nothing */
	char *seen;              /* the same, as it was seen last */
	double next_look, begun;
	int error;               /* of looking */
	bool ejected;
};

static void wanted_done(struct wanted *wanted)
{
	free(wanted->name);
	free(wanted->place);
	free(wanted->others);
	free(wanted->seen);
}

/* All sentences in one, NULL for none. New string. */
static char *join(char *const *sentences)
{
	AUTO_FREE char *text = NULL;

	for (; sentences && *sentences; sentences++) {
		char *longer = text ? text_format("%s. %s", text, *sentences) : strdup(*sentences);

		free(text);
		text = longer;
	}
	return TAKE_POINTER(text);
}

/* The drives with discs of the set that were read: whoever sits there finds the tray open. */
static void eject(struct wanted *wanted, char *const *devices)
{
	for (; !wanted->ejected && devices && *devices; devices++) {
		int r = device_eject(wanted->ctx, *devices);

		if (r < 0)
			context_info(wanted->ctx, "The disc in %s is not needed now; it could not be ejected: %s", *devices, strerror(-r));
	}
	wanted->ejected = true;
}

static int look_into_drives(struct wanted *wanted)
{
	CLEANUP(disc_search_done) struct disc_search search = { 0 };
	AUTO_SCOPE struct error_scope scope = context_scope_begin(wanted->ctx);
	int r = disc_search(wanted->ctx, &wanted->session->found.media, wanted->discs, wanted->number, &search);

	if (r < 0)
		return context_scope_keep(&scope, r);
	wanted->place = TAKE_POINTER(search.place);
	free(wanted->seen);
	wanted->seen = join(search.others);
	if (!wanted->place && !wanted->ejected) {
		eject(wanted, search.ours);
		/* What lay there is known to who sits there. */
		free(TAKE_POINTER(wanted->seen));
	}
	return 0;
}

/* On a running system discs are mounted by whoever puts them in. */
static int look_at_place(struct wanted *wanted)
{
	const char *place = set_file_path(set_location(wanted->session->chosen.set));
	AUTO_DISCS struct discs *other = NULL;
	int r = discs_read(place, &other);

	if (r == -ENOMEM)
		return context_oom(wanted->ctx);
	free(TAKE_POINTER(wanted->seen));
	if (r < 0)
		return 0;
	wanted->seen = disc_refusal(place, wanted->discs, wanted->number, other);
	if (!wanted->seen)
		wanted->place = strdup(place);
	return 0;
}

static int look(struct wanted *wanted)
{
	wanted->next_look = clock_now() + LOOK_S;
	return wanted->session->options->rescue ? look_into_drives(wanted) : look_at_place(wanted);
}

static bool same(const char *one, const char *other)
{
	return one == other || (one && other && !strcmp(one, other));
}

static bool waited_enough(const struct wanted *wanted)
{
	unsigned limit = wanted->session->ctx->put_in_s;

	return limit && clock_now() - wanted->begun > limit;
}

/* While the question is open: true when it is over, or says something that is not so any more. */
static bool is_over(void *data)
{
	struct wanted *wanted = data;

	if (clock_now() < wanted->next_look)
		return false;
	wanted->error = look(wanted);
	return wanted->error < 0 || wanted->place || waited_enough(wanted) || !same(wanted->seen, wanted->others);
}

static char *explain(const struct wanted *wanted)
{
	const char *others = wanted->others;

	if (!wanted->session->options->rescue) {
		const char *place = set_place(wanted->session->chosen.set);

		return others ? sentence("%s. Unmount it, and mount %s at %s. The work continues by itself", others, wanted->name, place) :
				sentence("Mount %s at %s. The work continues by itself", wanted->name, place);
	}
	return others ? sentence("%s. Insert %s. The work continues by itself when it is there", others, wanted->name) :
			sentence("Insert %s into a drive. The work continues by itself when it is there", wanted->name);
}

/* 0: look again; -errno with a sentence in the reader's context. */
static int ask(struct wanted *wanted)
{
	struct session *s = wanted->session;
	AUTO_QUESTION struct question question = { .name = "disc", .type = "choice", .title = N_("Another disc is needed") };
	struct error_scope scope;
	AUTO_FREE char *answer = NULL, *why = NULL;
	int r;

	question.text = explain(wanted);
	question.reason = question.text ? strdup(question.text) : NULL;
	question_data(&question, "number", json_integer(wanted->number));
	question_data(&question, "count", json_integer(wanted->discs->count));
	question_data(&question, "label", json_string(wanted->discs->list[wanted->number - 1].label));
	question_option(&question, "retry", "Look again", s->options->rescue ? N_("Drives are looked at each second, too.") : N_("It is looked for each second, too."), NULL);
	question_option(&question, "abort", "Give up", atomic_load(&s->writing) ? N_("What was restored so far stays as it is.") : N_("Nothing was written."), NULL);
	context_info(s->ctx, "%s", question.text ? question.text : "");
	scope = context_scope_begin(s->ctx);
	r = session_ask_while(s, &question, is_over, wanted, &answer);
	why = r < 0 ? strdup(context_detail(s->ctx)) : NULL;
	context_scope_end(&scope);
	if (r < 0)
		return r == -ECANCELED ? context_cancelled(wanted->ctx) : context_fail(wanted->ctx, -r, "%s", why ? why : "");
	if (wanted->error < 0)
		return wanted->error;
	if (!wanted->place && waited_enough(wanted))
		return context_fail(wanted->ctx, ETIMEDOUT, "%s was not inserted within %u seconds", wanted->name, s->ctx->put_in_s);
	if (r == ASK_ANSWERED && !strcmp(answer, "abort"))
		return context_fail(wanted->ctx, EPERM, "%s is missing, and was given up", wanted->name);
	return r == ASK_ANSWERED && !wanted->place ? look(wanted) : 0;
}

static int wait_for_disc(struct wanted *wanted, char **ret_place)
{
	int r = look(wanted);

	while (r == 0 && !wanted->place) {
		free(wanted->others);
		wanted->others = wanted->seen ? strdup(wanted->seen) : NULL;
		r = ask(wanted);
	}
	if (r < 0)
		return r;
	context_info(wanted->ctx, "%s is at %s", wanted->name, wanted->place);
	*ret_place = TAKE_POINTER(wanted->place);
	return 0;
}

static int next_disc(void *data, struct context *ctx, const struct discs *discs, uint32_t number, char **ret_place)
{
	CLEANUP(wanted_done) struct wanted wanted = { .session = data, .ctx = ctx, .discs = discs, .number = number, .begun = clock_now(),
						      .name = discs_describe(discs, number) };

	return wanted.name ? wait_for_disc(&wanted, ret_place) : context_oom(ctx);
}

void next_disc_attach(struct session *s)
{
	if (s->chosen.set && set_discs(s->chosen.set))
		set_ask_for_discs(s->chosen.set, next_disc, s);
}

bool next_disc_is_chosen(const struct session *s)
{
	return s->chosen.set && set_discs(s->chosen.set);
}
