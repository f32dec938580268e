/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "once.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "machine_table.h"

/* Of a file that grew for years; more are forgotten by hand, with the file. */
#define TOKENS_MAX 65536

static const struct {
	const char *name, *reason;
} answers[] = {
	[ONCE_GRANTED] = { "granted", NULL },
	[ONCE_RESUME] = { "resume", NULL },
	[ONCE_UNKNOWN] = { "refused", "unknown" },
	[ONCE_MACHINE] = { "refused", "machine" },
	[ONCE_SET] = { "refused", "set" },
	[ONCE_ENDED] = { "refused", "ended" },
	[ONCE_STORAGE] = { "refused", "storage" },
	[ONCE_ELSEWHERE] = { "refused", "elsewhere" },
};

const char *once_answer_name(enum once_answer answer)
{
	return answers[answer].name;
}

const char *once_answer_reason(enum once_answer answer)
{
	return answers[answer].reason;
}

const struct token *tokens_find(const struct tokens *tokens, const char *id)
{
	for (size_t i = 0; i < tokens->count; i++)
		if (!strncmp(tokens->tokens[i].id, id, TOKEN_DIGITS))
			return &tokens->tokens[i];
	return NULL;
}

enum once_answer once_decide(const struct tokens *tokens, const struct notice *notice, bool has_entry)
{
	char id[TOKEN_DIGITS + 1];
	const struct token *token;
	unsigned generation;

	if (!notice->once || !notice->set || !token_split(notice->once, id, &generation))
		return ONCE_UNKNOWN;
	token = tokens_find(tokens, id);
	/* An entry that was made again to resume, and the memory of its first use is lost: it is no first use. */
	if (!token)
		return !has_entry ? ONCE_UNKNOWN : generation ? ONCE_RESUME : ONCE_GRANTED;
	if (!notice_is_same_machine(&token->machine, notice))
		return ONCE_MACHINE;
	if (token->ended)
		return ONCE_ENDED;
	if (!token->machine.set || strcmp(token->machine.set, notice->set))
		return ONCE_SET;
	if (generation < token->generation || (generation > token->generation && !has_entry))
		return ONCE_UNKNOWN;
	/* The answer was lost, or the engine was started again: the machine has run all the time. */
	if (generation == token->generation && !strcmp(token->machine.boot, notice->boot))
		return token->resumed ? ONCE_RESUME : ONCE_GRANTED;
	return ONCE_RESUME;
}

bool once_is_ended_by(const struct tokens *tokens, const struct notice *notice, bool has_entry)
{
	const struct token *token = notice->once ? tokens_find(tokens, notice->once) : NULL;
	bool good = notice->end && !strcmp(notice->end, "bootable");

	if (!notice->once || !notice->set)
		return false;
	if (!token)
		return good && has_entry;
	if (token->ended || !notice_is_same_machine(&token->machine, notice))
		return false;
	return good || !strcmp(token->machine.boot, notice->boot);
}

/* ---- what is kept ---- */

static int copy(const char *text, char **ret)
{
	*ret = text ? strdup(text) : NULL;
	return text && !*ret ? -ENOMEM : 0;
}

int token_make(const struct notice *notice, bool resumed, bool ended, struct token *ret)
{
	struct token token = { .resumed = resumed, .ended = ended };

	if (!notice->once || !token_split(notice->once, token.id, &token.generation))
		return -EINVAL;
	if (copy(notice->mac, &token.machine.mac) < 0 || copy(notice->uuid, &token.machine.uuid) < 0 ||
	    copy(notice->boot, &token.machine.boot) < 0 || copy(notice->set, &token.machine.set) < 0) {
		token_done(&token);
		return -ENOMEM;
	}
	*ret = token;
	return 0;
}

void token_done(struct token *token)
{
	notice_done(&token->machine);
	*token = (struct token){ 0 };
}

int tokens_put(struct tokens *tokens, struct token *token)
{
	struct token *known = (struct token *)tokens_find(tokens, token->id);

	if (!known && tokens->count == TOKENS_MAX)
		return -ENOMEM;
	if (!known && tokens->count == tokens->room) {
		size_t room = tokens->room ? tokens->room * 2 : 64;
		struct token *grown = reallocarray(tokens->tokens, room, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		tokens->tokens = grown;
		tokens->room = room;
	}
	if (known)
		token_done(known);
	else
		known = &tokens->tokens[tokens->count++];
	*known = *token;
	*token = (struct token){ 0 };
	return 0;
}

void tokens_done(struct tokens *tokens)
{
	for (size_t i = 0; i < tokens->count; i++)
		token_done(&tokens->tokens[i]);
	free(tokens->tokens);
	*tokens = (struct tokens){ 0 };
}

json_t *token_to_json(const struct token *token)
{
	return json_pack("{ss, sI, ss?, ss?, ss, ss?, sb, sb}", "id", token->id, "generation", (json_int_t)token->generation, "mac", token->machine.mac,
			 "uuid", token->machine.uuid, "boot", token->machine.boot, "set", token->machine.set, "resumed", (int)token->resumed, "ended",
			 (int)token->ended);
}

int token_of_json(json_t *object, struct token *ret)
{
	struct token token = { .resumed = json_is_true(json_object_get(object, "resumed")), .ended = json_is_true(json_object_get(object, "ended")) };
	const char *id = json_string_value(json_object_get(object, "id")), *boot = json_string_value(json_object_get(object, "boot"));
	json_int_t generation = json_integer_value(json_object_get(object, "generation"));

	if (!id || strlen(id) != TOKEN_DIGITS || !boot || generation < 0 || generation > UINT32_MAX)
		return -EINVAL;
	memcpy(token.id, id, sizeof(token.id));
	token.generation = (unsigned)generation;
	if (copy(json_string_value(json_object_get(object, "mac")), &token.machine.mac) < 0 ||
	    copy(json_string_value(json_object_get(object, "uuid")), &token.machine.uuid) < 0 || copy(boot, &token.machine.boot) < 0 ||
	    copy(json_string_value(json_object_get(object, "set")), &token.machine.set) < 0) {
		token_done(&token);
		return -ENOMEM;
	}
	*ret = token;
	return 0;
}
