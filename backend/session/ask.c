/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ask.h"

#include <errno.h>
#include <string.h>

#include "../core/event.h"
#include "../core/scrub.h"
#include "../core/progress.h"

/* How often an open question looks whether it is still wanted. */
#define CANCEL_LOOK_MS 200

static enum policy policy_of(const struct session *s, const char *name)
{
	const struct policy_row *row = s->options->policy;

	while (strcmp(row->question, "*") && strcmp(row->question, name))
		row++;
	return row->by_mode[s->chosen.mode];
}

/* What others are told of the answer VALUE: nothing of a secret, no password in an address, and of a long one beginning and end. New
 * reference. */
static json_t *told_answer(const struct question *question, json_t *value)
{
	AUTO_FREE char *text = NULL, *scrubbed = NULL, *bounded = NULL;

	if (question->secret)
		return json_null();
	if (!json_is_string(value) && json_dumpb(value, NULL, 0, JSON_COMPACT | JSON_ENCODE_ANY) <= TEXT_SENTENCE_MAX)
		return json_incref(value);
	text = json_is_string(value) ? strdup(json_string_value(value)) : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	scrubbed = text ? text_scrub(text) : NULL;
	bounded = scrubbed ? text_bounded(scrubbed, TEXT_SENTENCE_MAX) : NULL;
	return bounded ? json_string(bounded) : json_null();
}

static void publish_answer(struct session *s, const struct question *question, int id, json_t *value, const char *by)
{
	json_t *told = told_answer(question, value);
	AUTO_FREE char *text = question->secret ? sentence("a secret") : json_dumps(told, JSON_COMPACT | JSON_ENCODE_ANY);

	context_emit(s->ctx, event_answered(id, question->name, told, by, question->secret));
	json_decref(told);
	context_debug(s->ctx, "question %s: %s (%s)", question->name, text ? text : "?", by);
}

static int take_default(struct session *s, const struct question *question, json_t **ret)
{
	publish_answer(s, question, ++s->question_id, question->preset, "policy");
	*ret = json_incref(question->preset);
	return ASK_ANSWERED;
}

const char *session_person(const char *front_end)
{
	static const char prefix[] = "console /dev/";

	return strncmp(front_end, prefix, sizeof(prefix) - 1) ? front_end : front_end + sizeof(prefix) - 1;
}

/* A reboot or power-off while QUESTION is open. True when the session must end. */
static bool take_leave(struct session *s, const struct server_request *request, const char *name)
{
	const char *refusal = NULL;

	if (!s->options->rescue)
		refusal = N_("This is a running system: restart it or turn it off by its own means.");
	else if (atomic_load(&s->writing) && !atomic_load(&s->ended))
		refusal = N_("Disks were written and the work has not ended: answer the question first.");
	if (refusal) {
		server_refuse(s->server, request->from, s->question_id, refusal);
		return false;
	}
	atomic_store(&s->leave, !strcmp(name, "reboot") ? AFTER_REBOOT : AFTER_POWEROFF);
	context_info(s->ctx, "The operator (%s) asked for %s", session_person(request->by), name);
	return true;
}

/* The end of a question that nobody answers for REASON: where it has no default, why not is what a person mends. -EPERM. */
static int decline(struct session *s, const struct question *question, const char *reason)
{
	if (!question->preset && question->reason && *question->reason)
		return context_fail(s->ctx, EPERM, "%s. %s", reason, question->reason);
	return context_fail(s->ctx, EPERM, "%s", reason);
}

/* 0: the question stays open; else what session_ask() returns. */
static int take_request(struct session *s, const struct question *question, const struct server_request *request, json_t **ret)
{
	const char *name = json_string_value(json_object_get(request->body, "request"));
	const char *refusal = NULL;
	json_t *value;

	if (!strcmp(name, "answer")) {
		int id = (int)json_integer_value(json_object_get(request->body, "id"));

		value = json_object_get(request->body, "value");
		if (id != s->question_id) {
			server_stale(s->server, request->from, id);
			return 0;
		}
		refusal = question_refusal(question, value);
		if (!refusal) {
			publish_answer(s, question, id, value, request->by);
			*ret = json_incref(value);
			return ASK_ANSWERED;
		}
	} else if (!strcmp(name, "back")) {
		if (question->back)
			return ASK_BACK;
		refusal = N_("There is no way back from this question.");
	} else if (!strcmp(name, "rescan")) {
		if (question->rescan)
			return ASK_RESCAN;
		refusal = N_("Nothing can be looked for again at this question.");
	} else if (!strcmp(name, "cancel")) {
		if (!atomic_load(&s->writing) && !atomic_load(&s->ended))
			return context_fail(s->ctx, ECANCELED, "Stopped by the operator (%s)", session_person(request->by));
		refusal = N_("Nothing is being done now that could be stopped: answer the question.");
	} else if (!strcmp(name, "decline")) {
		const char *reason = json_string_value(json_object_get(request->body, "reason"));

		if (reason)
			sentence_recall(reason, json_object_get(request->body, "message"));
		int id = (int)json_integer_value(json_object_get(request->body, "id"));

		if (id != s->question_id) {
			server_stale(s->server, request->from, id);
			return 0;
		}
		if (!atomic_load(&s->writing) && !atomic_load(&s->ended))
			return decline(s, question, reason && *reason ? reason : sentence_words(N_("The question was not answered")));
		refusal = N_("Disks were written or the work has ended: a person answers this question.");
	} else if (take_leave(s, request, name)) {
		return -ESHUTDOWN;
	}
	if (refusal)
		server_refuse(s->server, request->from, s->question_id, refusal);
	return 0;
}

/* Tells front ends that the question is gone without an answer. */
static void close_question(struct session *s, const struct question *question, const char *by)
{
	context_emit(s->ctx, event_answered(s->question_id, question->name, NULL, by, question->secret));
}

/* A signal to the engine comes by no request. */
static int check_told_to_stop(struct session *s)
{
	return session_is_told_to_end(s) ? context_cancelled(s->ctx) : context_check_cancel(s->ctx);
}

/* Whether a question is still wanted. */
struct interest {
	bool (*is_over)(void *data); /* NULL: always */
	void *data;
};

static int ask_people(struct session *s, const struct question *question, const struct interest *interest, json_t **ret)
{
	struct server_request request;
	int r;

	context_emit(s->ctx, question_event(question, ++s->question_id));
	context_debug(s->ctx, "question %s is open", question->name);
	do {
		r = server_wait(s->server, CANCEL_LOOK_MS, &request);
		if (r == 0) {
			r = check_told_to_stop(s);
			if (r == 0 && interest->is_over && interest->is_over(interest->data))
				r = ASK_OVER;
			if (r != 0)
				close_question(s, question, "nobody");
			continue;
		}
		if (r < 0) {
			close_question(s, question, "nobody");
			return context_fail(s->ctx, -r, "Nobody is left to answer the question '%s'", question->title);
		}
		r = take_request(s, question, &request, ret);
		if (r != 0 && r != ASK_ANSWERED)
			close_question(s, question, request.by);
		server_request_done(&request);
	} while (r == 0);
	return r;
}

static int ask(struct session *s, const struct question *question, const struct interest *interest, json_t **ret)
{
	enum policy policy = policy_of(s, question->name);
	double asked;
	int r;

	if ((policy != POLICY_ASK || s->chosen.resuming) && question->certain && question->preset && !question->secret)
		return take_default(s, question, ret);
	if (policy == POLICY_CERTAIN_OR_END)
		return context_fail(s->ctx, EPERM, "%s", question->reason ? question->reason :
				    sentence_words(N_("Only a person can decide this, and nobody is asked in this mode")));
	asked = session_worked_s(s);
	progress_pause(s->ctx);
	r = ask_people(s, question, interest, ret);
	progress_resume(s->ctx);
	s->waited += session_worked_s(s) - asked;
	return r;
}

int session_ask(struct session *s, const struct question *question, json_t **ret)
{
	return ask(s, question, &(struct interest){ NULL }, ret);
}

static int ask_choice(struct session *s, const struct question *question, const struct interest *interest, char **ret)
{
	json_t *value = NULL;
	int r = ask(s, question, interest, &value);

	if (r == ASK_ANSWERED) {
		*ret = strdup(json_string_value(value));
		if (!*ret)
			r = context_oom(s->ctx);
	}
	json_decref(value);
	return r;
}

int session_ask_choice(struct session *s, const struct question *question, char **ret)
{
	return ask_choice(s, question, &(struct interest){ NULL }, ret);
}

int session_ask_while(struct session *s, const struct question *question, bool (*is_over)(void *data), void *data, char **ret)
{
	return ask_choice(s, question, &(struct interest){ is_over, data }, ret);
}

int session_ask_shell(struct session *s)
{
	AUTO_QUESTION struct question question = { .name = "expert", .type = "choice", .title = N_("Shell") };
	AUTO_FREE char *answer = NULL;

	/* What it says changes with the session. */
	session_readme(s);
	question.text = s->state ? sentence("%s/README says what is where.", s->state) : strdup("");
	question_option(&question, "done", "The shell has ended", NULL, NULL);
	return session_ask_choice(s, &question, &answer);
}
