/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "look_inside.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "../resume/container_look.h"
#include "ask.h"
#include "found.h"
#include "named_file.h"

#define TRIES 3

struct inside {
	struct opened {
		char *name;      /* below /dev/mapper; owned */
		int note;
	} *opened;
	size_t count;
};

/* ---- which ---- */

static bool holds_mounted(const struct layout *captured, const struct node *container)
{
	for (size_t i = 0; i < captured->count; i++) {
		const struct node *node = captured->nodes[i];

		if (node->type == NODE_MOUNT && !mount_is_private(node) && layout_lies_on(captured, node, container))
			return true;
	}
	return false;
}

/* Whether CONTAINER, of what is here, is one of the set's that holds something mounted. */
static bool is_wanted(const struct layout *captured, const struct node *container)
{
	for (size_t i = 0; container->uuid && i < captured->count; i++) {
		const struct node *node = captured->nodes[i];

		if (node->type == NODE_LUKS && node->uuid && !strcasecmp(node->uuid, container->uuid) && holds_mounted(captured, node))
			return true;
	}
	return false;
}

/* ---- opening one ---- */

/* As session_ask(); then *RET is the key, to be wiped. */
static int ask_key(struct session *s, enum look_reason reason, const struct node *container, const char *name, const char *wrong, char **ret,
		   size_t *ret_length)
{
	AUTO_QUESTION struct question question = { .name = "passphrase", .type = "text", .title = N_("Passphrase"), .secret = true };
	bool compare = reason == LOOK_TO_COMPARE;
	AUTO_FREE char *text = sentence(compare ? N_("The files to compare lie in the %s. Enter its passphrase; it is opened read-only.") :
						  N_("An interrupted restore may lie in the %s. Enter its passphrase to resume it; it is opened read-only. Leave "
						     "it empty to restore from the beginning."),
					name);
	int r;

	question.text = text && wrong ? sentence("%s %s", sentence_words(wrong), text) : TAKE_POINTER(text);
	question.certain = !compare;
	question.preset = compare ? NULL : json_string("");
	question.reason =
		sentence("The %s needs a passphrase, and nobody is asked: name a key file (lifeboat.luks-key-file=FILE, or --luks-key-file FILE)", name);
	question_data(&question, "container", json_string(name));
	question_data(&question, "node", json_string(container->id));
	question_data(&question, "new", json_false());
	r = question.text ? session_ask_choice(s, &question, ret) : context_oom(s->ctx);
	*ret_length = r == ASK_ANSWERED ? strlen(*ret) : 0;
	return r;
}

/* One line of a file is a passphrase, without its end. */
static int read_key(struct session *s, char **ret, size_t *ret_length)
{
	int r = named_file_read(s, s->cmdline->luks_key_file, ret, ret_length);
	const char *end = r == 0 ? memchr(*ret, '\n', *ret_length) : NULL;

	if (end && end + 1 == *ret + *ret_length)
		--*ret_length;
	return r < 0 ? r : ASK_ANSWERED;
}

/* One try, by file or person: 1: it is open; 0: the key does not open it; -ENOKEY: it is to stay closed; else -errno, as session_ask(). */
static int try_key(struct session *s, enum look_reason reason, const struct layout *present, const struct node *container, const char *name,
		   const char *wrong, int *ret_note)
{
	AUTO_FREE char *words = node_describe(container);
	char *key = NULL;
	size_t length = 0;
	int r = s->cmdline->luks_key_file ? read_key(s, &key, &length) :
					    ask_key(s, reason, container, words ? words : "?", wrong, &key, &length);

	if (r == ASK_ANSWERED)
		r = !length && reason == LOOK_FOR_UNFINISHED ? -ENOKEY : container_look(s->ctx, present, container, name, key, length, ret_note);
	if (r == 1) {
		looked_keys_add(&s->chosen.looked, container->uuid, key, length);
		return r;
	}
	if (key)
		explicit_bzero(key, length);
	free(key);
	return r;
}

static int try_keys(struct session *s, enum look_reason reason, const struct layout *present, const struct node *container, const char *name,
		    int *ret_note)
{
	const struct looked_key *known = looked_keys_find(&s->chosen.looked, container->uuid);
	const char *file = s->cmdline->luks_key_file, *wrong = NULL;
	int r = known ? container_look(s->ctx, present, container, name, known->data, known->length, ret_note) : 0;

	if (r == 0 && reason == LOOK_UNASKED && !file)
		return -ENOKEY;
	for (unsigned try = 0; r == 0 && try < (file ? 1 : TRIES); try++) {
		r = try_key(s, reason, present, container, name, wrong, ret_note);
		wrong = N_("That passphrase does not open it.");
	}
	if (r)
		return r;
	return file ? context_fail(s->ctx, EACCES, "the key file '%s' does not open it", file) : context_fail(s->ctx, EACCES, "no passphrase opens it");
}

static int open_one(struct session *s, enum look_reason reason, const struct layout *present, const struct node *container, struct inside *inside)
{
	struct opened *more = reallocarray(inside->opened, inside->count + 1, sizeof(*more)), one = { .note = -1 };
	int r;

	if (!more)
		return context_oom(s->ctx);
	inside->opened = more;
	one.name = text_format("lifeboat-look-%zu", inside->count);
	r = one.name ? try_keys(s, reason, present, container, one.name, &one.note) : context_oom(s->ctx);
	if (r < 0) {
		free(one.name);
		return r;
	}
	inside->opened[inside->count++] = one;
	return 0;
}

/* ---- all ---- */

static bool ends_all(int r)
{
	return r == -ECANCELED || r == -ESHUTDOWN || r == -ENOMEM || r == -EPIPE || r == -EPERM;
}

int look_inside(struct session *s, enum look_reason reason, struct layout **present, struct inside **ret)
{
	const struct layout *captured = set_manifest(s->chosen.set)->layout;
	struct inside *inside = *ret = calloc(1, sizeof(*inside));
	int r = 0;

	for (size_t i = 0; inside && r == 0 && i < (*present)->count; i++) {
		const struct node *node = (*present)->nodes[i];
		AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);
		AUTO_FREE char *name = NULL;

		if (node->type != NODE_LUKS || node->device || !is_wanted(captured, node))
			continue;
		r = open_one(s, reason, *present, node, inside);
		if (r == -ENOKEY)
			r = 0;
		if (r == 0)
			continue;
		if (ends_all(r))
			return context_scope_keep(&scope, r);
		name = node_describe(node);
		context_warn(s->ctx, "The %s stays closed: %s", name ? name : node->id, context_detail(s->ctx));
		r = 0;
	}
	if (!inside)
		return context_oom(s->ctx);
	if (!inside->count)
		return 0;
	layout_free(TAKE_POINTER(*present));
	return session_probe(s, present);
}

int look_inside_again(struct session *s, enum look_reason reason, struct layout **present, struct inside **ret)
{
	bool has_key = s->cmdline->luks_key_file || s->chosen.looked.count || reason != LOOK_UNASKED;
	int r = has_key ? session_probe(s, present) : -ENOKEY;

	return r ? r : look_inside(s, reason, present, ret);
}

void look_inside_end(struct session *s, struct inside *inside)
{
	while (inside && inside->count > 0) {
		AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);
		struct opened *last = &inside->opened[--inside->count];

		if (container_look_end(s->ctx, last->name, last->note) < 0)
			context_warn(s->ctx, "%s", context_detail(s->ctx));
		free(last->name);
	}
	if (inside)
		free(inside->opened);
	free(inside);
}
