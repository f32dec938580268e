/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "passphrases.h"

#include <errno.h>
#include <string.h>

#include "../plan/plan_keys.h"
#include "ask.h"
#include "named_file.h"

#define TRIES 3

struct secret {
	char *data;              /* NULL: none */
	size_t length;
};

static void secret_done(struct secret *secret)
{
	if (secret->data)
		explicit_bzero(secret->data, secret->length);
	free(TAKE_POINTER(secret->data));
	secret->length = 0;
}
#define AUTO_SECRET CLEANUP(secret_done)

/* One of the plan's containers while its passphrase is found. */
struct container {
	const struct node *node;
	enum container_fate fate;
	struct secret header;    /* that a passphrase is tried on: from the set, or from the disk */
	const char *name;        /* for people */
};

static void copy_secret(struct secret *to, const struct secret *from)
{
	secret_done(to);
	to->data = malloc(from->length + 1);
	if (!to->data)
		return;
	memcpy(to->data, from->data, from->length);
	to->data[from->length] = '\0';
	to->length = from->length;
}

/* The header that the set, or an interrupted restore, has of CONTAINER's node. */
static int load_header(struct session *s, struct container *container)
{
	const struct manifest *manifest = set_manifest(s->chosen.set);
	void *data;
	int r;

	if (container->fate == CONTAINER_NEW)
		return 0;
	if (container->fate == CONTAINER_KEPT) {
		container->header.data = plan_read_header(s->chosen.plan, container->node, &container->header.length);
		return 0;
	}
	for (size_t i = 0; i < manifest->attachment_count; i++) {
		const struct attachment *attachment = &manifest->attachments[i];

		if (strcmp(attachment->kind, "luks-header") || !attachment->node || strcmp(attachment->node, container->node->id))
			continue;
		r = set_attachment_load(s->ctx, s->chosen.set, attachment, &data);
		if (r == 0)
			container->header = (struct secret){ data, (size_t)attachment->stored };
		return r;
	}
	return context_fail(s->ctx, EBADMSG, "The set does not have the header of the %s that it tells of", container->name);
}

/* 1: SECRET opens it, as far as can be told before disks are written; 0; -errno with a sentence. */
static int try_secret(struct session *s, const struct container *container, const struct secret *secret)
{
	return !container->header.data ? 1 :
	       plan_try_key(s->ctx, s->chosen.plan, container->node, container->header.data, container->header.length, secret->data, secret->length);
}

static int give(struct session *s, struct container *container, const struct secret *secret)
{
	struct secret *header = &container->header;
	char *kept = container->fate == CONTAINER_HEADER ? TAKE_POINTER(header->data) : NULL;
	int r = plan_give_key(s->chosen.plan, container->node, secret->data, secret->length, kept, kept ? header->length : 0);

	return r < 0 ? context_oom(s->ctx) : ASK_ANSWERED;
}

/* ---- from a key file ---- */

/* A file with one line of text holds a passphrase, which ends before the line does; all other files are keys, byte by byte. */
static size_t passphrase_length(const struct secret *file)
{
	const char *end = memchr(file->data, '\n', file->length);

	return end && end + 1 == file->data + file->length && !memchr(file->data, '\0', file->length) ? file->length - 1 : file->length;
}

static int take_from_file(struct session *s, struct container *container, const char *path)
{
	struct secret AUTO_SECRET file = { 0 };
	int r = named_file_read(s, path, &file.data, &file.length), opens = 0;
	size_t lengths[2];

	if (r < 0)
		return r;
	if (!file.length)
		return context_fail(s->ctx, EINVAL, "The key file %s is empty", path);
	lengths[0] = passphrase_length(&file);
	lengths[1] = file.length;
	for (size_t i = 0; opens == 0 && i < ARRAY_LENGTH(lengths) && (!i || lengths[0] != lengths[1]); i++) {
		const struct secret part = { file.data, lengths[i] };

		opens = try_secret(s, container, &part);
		if (opens > 0)
			r = give(s, container, &part);
	}
	if (opens == 0)
		return context_fail(s->ctx, EACCES, "The key file %s does not open the %s", path, container->name);
	return opens < 0 ? opens : r;
}

/* ---- from people ---- */

/* One answer: an empty one is BEFORE, where that is known. As session_ask(). */
static int ask_once(struct session *s, const struct container *container, const char *title, const char *text, const struct secret *before,
		    struct secret *ret)
{
	AUTO_QUESTION struct question question = { .name = "passphrase", .type = "text", .title = title, .secret = true, .back = true };
	char *answer = NULL;
	int r;

	question.text = text ? strdup(text) : NULL;
	question.reason =
		sentence("The %s needs a passphrase, and nobody is asked: name a key file (lifeboat.luks-key-file=FILE, or --luks-key-file FILE)",
			 container->name);
	question_data(&question, "container", json_string(container->name));
	question_data(&question, "node", json_string(container->node->id));
	question_data(&question, "new", json_boolean(container->fate == CONTAINER_NEW));
	r = question.text ? session_ask_choice(s, &question, &answer) : context_oom(s->ctx);
	if (r != ASK_ANSWERED)
		return r;
	secret_done(ret);
	*ret = (struct secret){ answer, strlen(answer) };
	if (!ret->length && before && before->data)
		copy_secret(ret, before);
	return ret->data ? r : context_oom(s->ctx);
}

/* What is asked for, after WRONG, what was wrong with the last answer. New string. */
static char *question_text(const struct session *s, const struct container *container, const char *wrong, bool has_before)
{
	static const char *const words[] = {
		[CONTAINER_NEW] = N_("The %s is made with a new key. Enter the passphrase that opens it from now on."),
		[CONTAINER_HEADER] = N_("The %s comes back with all its passphrases. Enter one that was valid when the set was made."),
		[CONTAINER_KEPT] = N_("The interrupted restore made the %s. Enter its passphrase."),
	};
	AUTO_FREE char *asked = sentence(words[container->fate], container->name);
	const char *before = has_before ? sentence_words(N_("Leave it empty to use the passphrase of the container before.")) : "";
	const char *layout = s->options->rescue ? sentence_words(N_("On the screen of this machine the keyboard has the US layout.")) : "";

	return asked ? sentence("%s%s%s%s%s%s%s", wrong ? wrong : "", wrong ? " " : "", asked, *before ? " " : "", before, *layout ? " " : "", layout) :
		       NULL;
}

/* A passphrase that is tried on nothing is typed twice. As session_ask(). */
static int ask_again(struct session *s, const struct container *container, const struct secret *first, bool *ret_same)
{
	struct secret AUTO_SECRET second = { 0 };
	AUTO_FREE char *text = sentence("Enter the passphrase of the %s once more.", container->name);
	int r = ask_once(s, container, N_("Passphrase, once more"), text, NULL, &second);

	*ret_same = r == ASK_ANSWERED && first->length == second.length && !memcmp(first->data, second.data, first->length);
	return r;
}

/* One round: ASK_ANSWERED with *RET_WRONG NULL when ANSWER serves; with what is wrong (static); else as session_ask(). */
static int ask_round(struct session *s, const struct container *container, const char *wrong, const struct secret *before, struct secret *answer,
		     const char **ret_wrong)
{
	AUTO_FREE char *text = question_text(s, container, wrong, before->data);
	bool same = true, reused;
	int r = ask_once(s, container, N_("Passphrase"), text, before, answer), opens;

	*ret_wrong = NULL;
	if (r != ASK_ANSWERED)
		return r;
	reused = before->data && before->length == answer->length && !memcmp(before->data, answer->data, answer->length);
	if (!answer->length) {
		*ret_wrong = N_("The passphrase is empty.");
		return r;
	}
	/* What cannot be tried may be what a container is made with. */
	if (!container->header.data && !reused)
		r = ask_again(s, container, answer, &same);
	if (r != ASK_ANSWERED)
		return r;
	opens = same ? try_secret(s, container, answer) : 0;
	if (opens == 0)
		*ret_wrong = same ? N_("That passphrase does not open it.") : N_("The two passphrases are not the same.");
	return opens < 0 ? opens : ASK_ANSWERED;
}

/* BEFORE, the passphrase of the container before, becomes this one's. */
static int take_from_people(struct session *s, struct container *container, struct secret *before)
{
	struct secret AUTO_SECRET answer = { 0 };
	const char *wrong = NULL;

	for (unsigned try = 0; try < TRIES; try++) {
		AUTO_FREE char *said = wrong ? sentence("%s", sentence_words(wrong)) : NULL;
		int r = ask_round(s, container, said, before, &answer, &wrong);

		if (r != ASK_ANSWERED)
			return r;
		if (wrong)
			continue;
		copy_secret(before, &answer);
		return give(s, container, &answer);
	}
	return context_fail(s->ctx, EACCES,
			    container->fate == CONTAINER_NEW ?
				    N_("No passphrase was given for the %s") :
			    container->fate == CONTAINER_HEADER ?
				    N_("The passphrase of the %s was wrong three times: start again with one that was valid when the set was made") :
				    N_("The passphrase of the %s was wrong three times: start again with the one that was given when it was made"),
			    container->name);
}

/* What opened it when it was looked into serves again. ASK_ANSWERED, 0: nothing did, or -errno with a sentence. */
static int take_known(struct session *s, struct container *container)
{
	const struct looked_key *key = looked_keys_find(&s->chosen.looked, container->node->uuid);
	const struct secret secret = { key ? key->data : NULL, key ? key->length : 0 };
	int r = key && container->fate == CONTAINER_KEPT ? try_secret(s, container, &secret) : 0;

	return r > 0 ? give(s, container, &secret) : r;
}

static int ask_for(struct session *s, struct container *container, struct secret *before)
{
	const char *file = s->cmdline->luks_key_file;
	int r = load_header(s, container);

	if (r == 0)
		r = take_known(s, container);
	if (r == 0)
		r = file ? take_from_file(s, container, file) : take_from_people(s, container, before);
	secret_done(&container->header);
	return r;
}

int passphrases_ask(struct session *s)
{
	struct secret AUTO_SECRET before = { 0 };
	struct container container = { 0 };
	int r = ASK_ANSWERED;

	for (size_t i = 0; r == ASK_ANSWERED && (container.node = plan_container(s->chosen.plan, i, &container.fate)); i++) {
		AUTO_FREE char *name = node_describe(container.node);

		container.name = name ? name : container.node->id;
		r = ask_for(s, &container, &before);
	}
	return r;
}
