#include "setting_words.h"

#include <errno.h>
#include <string.h>

#include "identifiers.h"

/* The key a word starts with, or NULL. */
static const char *match_key(const char *word, const char *const *keys)
{
	for (; *keys; keys++)
		if (!strncmp(word, *keys, strlen(*keys)) && word[strlen(*keys)] == '=')
			return *keys;
	return NULL;
}

/* Length of the value at TEXT: up to white space or the quote that holds the whole line. */
static size_t value_length(const char *text)
{
	return strcspn(text, " \t\r\n\"'`;");
}

/* The corrected name for VALUE, or NULL when it stays. */
static char *correct_value(const struct plan *plan, const char *file, const char *key, const char *value, char ***notes)
{
	AUTO_FREE char *name = NULL, *note = NULL;
	int fit = identifier_check(plan, value, &name);

	if (fit == IDENTIFIER_OLD)
		return TAKE_POINTER(name);
	if (fit != IDENTIFIER_UNKNOWN)
		return NULL;
	if (!strcmp(key, "root")) {
		const struct node *root = identifier_mounted_at(plan, "/");

		name = root ? identifier_of(plan->result, root) : NULL;
		if (name)
			return TAKE_POINTER(name);
	}
	note = text_format("/%s says %s=%s, which is no part of the restored system.", file, key, value);
	if (note)
		strv_append(notes, note);
	return NULL;
}

int setting_words_correct(const struct plan *plan, const char *file, const char *text, const char *const *keys,
			  struct buffer *out, char ***notes)
{
	bool line_start = true, word_start = true, comment = false;
	int changed = 0;

	for (const char *at = text; *at;) {
		const char *key = NULL;

		if (line_start)
			comment = at[strspn(at, " \t")] == '#';
		if (word_start && !comment)
			key = match_key(at, keys);
		if (key) {
			const char *value = at + strlen(key) + 1;
			size_t length = value_length(value);
			AUTO_FREE char *old = strndup(value, length), *new = NULL;

			if (!old)
				return -ENOMEM;
			new = correct_value(plan, file, key, old, notes);
			if (buffer_append(out, at, (size_t)(value - at)) < 0 ||
			    buffer_append(out, new ? new : old, strlen(new ? new : old)) < 0)
				return -ENOMEM;
			changed += new != NULL;
			at = value + length;
			line_start = word_start = false;
			continue;
		}
		line_start = *at == '\n';
		word_start = strchr(" \t\r\n\"'", *at) != NULL || (*at == '=' && !comment);
		if (buffer_append(out, at, 1) < 0)
			return -ENOMEM;
		at++;
	}
	return changed;
}
