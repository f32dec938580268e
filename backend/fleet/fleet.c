/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fleet.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "../core/bytes.h"
#include "../core/clock.h"
#include "../core/wake.h"
#include "../image/network_once.h"
#include "http_receiver.h"
#include "state_file.h"

struct fleet {
	struct context *ctx;
	char *tree;
	struct http_receiver *receiver;
	int news;
	pthread_mutex_t lock;    /* guards what follows, and the tree's entries */
	struct machine_table table;
	struct tokens tokens;
	struct state_file state;
	bool unwritten_said, full_said;
};

/* ---- once ---- */

/* The name by which the tree has an entry with the token of NOTICE for its machine: borrowed; NULL: it has none. */
static const char *find_entry(const struct fleet *fleet, const struct notice *notice)
{
	const char *const names[] = { notice->mac, notice->uuid };

	for (size_t i = 0; fleet->tree && i < ARRAY_LENGTH(names); i++)
		if (names[i] && network_once_has(fleet->ctx, fleet->tree, names[i], notice->once))
			return names[i];
	return NULL;
}

/* On the disk first, then out of the way, then known: whatever comes in between, nobody is allowed a second time. */
static int use_up(struct fleet *fleet, const struct notice *notice, bool resumed, bool ended)
{
	const char *const names[] = { notice->mac, notice->uuid };
	struct token token = { 0 };
	int r = token_make(notice, resumed, ended, &token);

	if (r == 0)
		r = state_file_append(&fleet->state, clock_wall(), "token", token_to_json(&token), true);
	if (r < 0)
		context_warn(fleet->ctx, "A restore could not be counted: %s cannot be written: %s", fleet->state.path ? fleet->state.path : "?",
			     strerror(-r));
	if (r == 0)
		r = tokens_put(&fleet->tokens, &token);
	token_done(&token);
	for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(names); i++) {
		AUTO_SCOPE struct error_scope scope = context_scope_begin(fleet->ctx);

		r = names[i] ? network_once_use_up(fleet->ctx, fleet->tree, names[i], notice->once) : 0;
		if (r < 0)
			context_warn(fleet->ctx, "A restore was not allowed: %s", context_detail(fleet->ctx));
	}
	return r;
}

static enum once_answer answer_once(struct fleet *fleet, const struct notice *notice)
{
	enum once_answer answer;

	if (!fleet->tree)
		return ONCE_ELSEWHERE;
	answer = once_decide(&fleet->tokens, notice, find_entry(fleet, notice) != NULL);
	if (answer != ONCE_GRANTED && answer != ONCE_RESUME)
		return answer;
	return use_up(fleet, notice, answer == ONCE_RESUME, false) < 0 ? ONCE_STORAGE : answer;
}

static void note_end(struct fleet *fleet, const struct notice *notice)
{
	if (fleet->tree && notice->once && once_is_ended_by(&fleet->tokens, notice, find_entry(fleet, notice) != NULL))
		(void)use_up(fleet, notice, false, true);
}

/* What an earlier receiver had counted, and had no time to take out of the way. */
static int use_up_left_over(struct fleet *fleet)
{
	int r = 0;

	for (size_t i = 0; fleet->tree && r == 0 && i < fleet->tokens.count; i++) {
		const struct token *token = &fleet->tokens.tokens[i];
		const char *const names[] = { token->machine.mac, token->machine.uuid };
		AUTO_FREE char *text = text_format("%s.%u", token->id, token->generation);

		if (!text)
			return context_oom(fleet->ctx);
		for (size_t k = 0; r == 0 && k < ARRAY_LENGTH(names); k++)
			r = names[k] ? network_once_use_up(fleet->ctx, fleet->tree, names[k], text) : 0;
	}
	return r;
}

/* ---- messages ---- */

/* What is not kept is said once: the table continues. */
static void keep(struct fleet *fleet, double at, json_t *object)
{
	int r = state_file_append(&fleet->state, at, "notice", json_incref(object), false);

	if (r < 0 && !fleet->unwritten_said)
		context_warn(fleet->ctx, "The state file %s cannot be written: %s. What machines report is shown, and lost when this program ends",
			     fleet->state.path, strerror(-r));
	fleet->unwritten_said = r < 0;
	if (state_file_is_large(&fleet->state)) {
		AUTO_SCOPE struct error_scope scope = context_scope_begin(fleet->ctx);

		if (state_file_renew(fleet->ctx, &fleet->state, &fleet->table, &fleet->tokens) < 0)
			context_warn(fleet->ctx, "%s", context_detail(fleet->ctx));
	}
}

static int take_notice(struct fleet *fleet, struct notice *notice, double at)
{
	json_auto_t *object = notice_to_json(notice, "");
	int r;

	if (notice->kind == NOTICE_END)
		note_end(fleet, notice);
	r = machine_table_take(&fleet->table, notice, at);
	if (r == 1 && object)
		keep(fleet, at, object);
	if (r == -ENOSPC && !fleet->full_said) {
		context_warn(fleet->ctx, "More than %d machines report; those beyond are not shown", MACHINES_MAX);
		fleet->full_said = true;
	}
	return r;
}

/* A message that came, in the receiver's thread. The status of HTTP; *RET_ANSWER: new text for it. */
static unsigned on_message(void *data, const char *text, size_t length, char **ret_answer)
{
	struct fleet *fleet = data;
	struct notice notice = { 0 };
	const char *why;
	int r = notice_parse(text, length, &notice, &why);

	if (r < 0)
		return r == -ENOMEM ? 503 : 400;
	pthread_mutex_lock(&fleet->lock);
	if (notice.kind == NOTICE_ONCE) {
		enum once_answer answer = answer_once(fleet, &notice);
		json_auto_t *object = json_pack("{ss, ss?, ss}", "once", once_answer_name(answer), "reason", once_answer_reason(answer), "token",
						notice.once);

		*ret_answer = object ? json_dumps(object, JSON_COMPACT) : NULL;
	}
	r = take_notice(fleet, &notice, clock_wall());
	pthread_mutex_unlock(&fleet->lock);
	notice_done(&notice);
	wake_send(fleet->news);
	return r == -ENOMEM ? 503 : 200;
}

/* ---- its life ---- */

static int open_all(struct fleet *fleet, const struct fleet_options *options)
{
	int r = 0;

	fleet->news = wake_open();
	if (fleet->news < 0)
		return context_fail(fleet->ctx, -fleet->news, "A descriptor cannot be had: %s", strerror(-fleet->news));
	if (options->tree) {
		fleet->tree = strdup(options->tree);
		r = fleet->tree ? network_once_check(fleet->ctx, fleet->tree) : context_oom(fleet->ctx);
	}
	if (r == 0 && options->state)
		r = state_file_open(fleet->ctx, options->state, &fleet->table, &fleet->tokens, &fleet->state);
	if (r == 0)
		r = use_up_left_over(fleet);
	if (r == 0)
		r = http_receiver_open(fleet->ctx, options->listen, on_message, fleet, &fleet->receiver);
	return r;
}

int fleet_open(struct context *ctx, const struct fleet_options *options, struct fleet **ret)
{
	struct fleet *fleet = calloc(1, sizeof(*fleet));
	int r;

	if (!fleet)
		return context_oom(ctx);
	*fleet = (struct fleet){ .ctx = ctx, .news = -1, .state = STATE_FILE_NONE };
	pthread_mutex_init(&fleet->lock, NULL);
	r = open_all(fleet, options);
	if (r < 0)
		fleet_close(fleet);
	else
		*ret = fleet;
	return r;
}

void fleet_close(struct fleet *fleet)
{
	if (!fleet)
		return;
	http_receiver_close(fleet->receiver);
	machine_table_done(&fleet->table);
	tokens_done(&fleet->tokens);
	state_file_close(&fleet->state);
	if (fleet->news >= 0)
		close(fleet->news);
	pthread_mutex_destroy(&fleet->lock);
	free(fleet->tree);
	free(fleet);
}

const char *fleet_address(const struct fleet *fleet)
{
	return http_receiver_address(fleet->receiver);
}

int fleet_news(const struct fleet *fleet)
{
	return fleet->news;
}

json_t *fleet_table(struct fleet *fleet)
{
	json_t *array;

	wake_take(fleet->news);
	pthread_mutex_lock(&fleet->lock);
	array = machine_table_to_json(&fleet->table, clock_wall());
	pthread_mutex_unlock(&fleet->lock);
	return array;
}

int fleet_read_table(struct context *ctx, const char *state, json_t **ret)
{
	struct machine_table table = { 0 };
	struct tokens tokens = { 0 };
	int r = access(state, F_OK) < 0 ? context_fail(ctx, errno, "The state file %s cannot be read: %s", state, strerror(errno)) :
					  state_file_read(ctx, state, &table, &tokens);

	if (r == 0) {
		*ret = machine_table_to_json(&table, clock_wall());
		r = *ret ? 0 : context_oom(ctx);
	}
	machine_table_done(&table);
	tokens_done(&tokens);
	return r;
}
