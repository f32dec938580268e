/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How version 1 of the format grows: words in the manifest's members "required" and "optional", docs/set-format.md, "Features". */
#include <errno.h>
#include <string.h>

#include "manifest_format.h"

#define WORD_LIMIT 64 /* bytes of a word; words of a list */

/* The optional features that this version knows. */
static bool is_known(const char *word)
{
	return !strcmp(word, ATTACHMENTS_NAME) || !strcmp(word, MESSAGES_NAME);
}

/* The own members of the manifest, and of rows of the index and of the segment table: no optional feature is named like one. */
static bool is_member(const char *word)
{
	static const char *const members[] = { "format", "version", "id", "label", "created", "tool", "machine", "totals", "index", "layout",
					       "excluded", "lost", "segments", "sha256", "required", "optional",
					       "path", "type", "mode", "uid", "gid", "mtime", "size", "data", "device", "link", "flags", "hints",
					       "xattrs", "changed",
					       "name", "kind", "entries", "bytes", "stored" };

	for (size_t i = 0; i < ARRAY_LENGTH(members); i++)
		if (!strcmp(members[i], word))
			return true;
	return false;
}

static bool is_word(const char *text)
{
	size_t length = strlen(text);

	return length > 0 && length <= WORD_LIMIT && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}

/* The list NAME, which may be missing, as a new list of distinct words. */
static int take_words(struct context *ctx, json_t *root, const char *name, char ***ret)
{
	json_t *list = json_object_get(root, name), *value;
	size_t i;

	if (list && (!json_is_array(list) || json_array_size(list) > WORD_LIMIT))
		return context_fail(ctx, EBADMSG, "the manifest %s is not valid: \"%s\" is no short list of feature words", MANIFEST_NAME,
			name);
	json_array_foreach(list, i, value) {
		const char *word = json_string_value(value);

		if (!word || strlen(word) != json_string_length(value) || !is_word(word) || strv_contains(*ret, word))
			return context_fail(ctx, EBADMSG, "the manifest %s is not valid: a word of \"%s\" is malformed or there twice",
				MANIFEST_NAME, name);
		if (strv_append(ret, word) < 0)
			return context_oom(ctx);
	}
	json_object_del(root, name);
	return 0;
}

/* All unknown words in one sentence: who looks for a newer Lifeboat wants to know every one. */
static int check_required(struct context *ctx, char *const *words)
{
	AUTO_BUFFER struct buffer unknown = { 0 };

	for (; words && *words; words++)
		if (strcmp(*words, IMAGES_NAME) && ((unknown.length && buffer_append(&unknown, ", ", 2) < 0) || buffer_append(&unknown, *words, strlen(*words)) < 0))
			return context_oom(ctx);
	return unknown.length ? context_fail(ctx, EINVAL,
					     "the set requires what this Lifeboat does not know (%s): use the Lifeboat that wrote it or a newer one",
					     unknown.data)
			      : 0;
}

/* Front ends can show the lines of this set in their language. What does not say what its line says has no effect. */
static int take_messages(struct context *ctx, json_t *messages)
{
	const char *line;
	json_t *form;

	if (!json_is_object(messages))
		return manifest_bad(ctx, N_("\"messages\" is no object"));
	json_object_foreach(messages, line, form)
		sentence_recall(line, form);
	return 0;
}

int manifest_take_features(struct context *ctx, json_t *root, char ***ret_optional, json_t **ret_attachments, bool *ret_images)
{
	AUTO_STRV char **required = NULL, **optional = NULL;
	int r = take_words(ctx, root, "required", &required);

	if (r == 0)
		r = check_required(ctx, required);
	*ret_images = required && strv_contains(required, IMAGES_NAME);
	if (r == 0)
		r = take_words(ctx, root, "optional", &optional);
	for (char **word = optional; r == 0 && word && *word; word++) {
		if (strv_contains(required, *word) || is_member(*word))
			return manifest_bad(ctx, N_("an optional feature has a name that is taken"));
		if (!is_known(*word) && strv_append(ret_optional, *word) < 0)
			return context_oom(ctx);
		if (!strcmp(*word, ATTACHMENTS_NAME)) {
			*ret_attachments = json_incref(json_object_get(root, *word));
			if (!*ret_attachments)
				return manifest_bad(ctx, N_("it has attachments and does not list them"));
		}
		if (!strcmp(*word, MESSAGES_NAME))
			r = take_messages(ctx, json_object_get(root, *word));
		json_object_del(root, *word);
	}
	return r;
}
