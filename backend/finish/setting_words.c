/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "setting_words.h"

#include <errno.h>
#include <string.h>

#include "device_words.h"
#include "fields.h"

/* Where a value lies in the text. */
struct value {
	const char *start;
	size_t length;
	const char *end;         /* of the word: behind a quote of its own */
};

/* The value at TEXT: up to white space or the quote that holds the whole line, or in quotes of its own. */
static struct value value_at(const char *text)
{
	size_t length;

	if (*text == '"' || *text == '\'') {
		length = strcspn(text + 1, (const char[]){ *text, '\n', '\0' });
		/* KEY="" and a quote that holds more than this value stay. */
		if (length && text[1 + length] == *text)
			return (struct value){ text + 1, length, text + length + 2 };
	}
	length = strcspn(text, " \t\r\n\"'`;");
	return (struct value){ text, length, text + length };
}

/* A list continues behind the blanks in it. */
static struct value list_at(const char *text)
{
	size_t length = strcspn(text, "\r\n");

	return (struct value){ text, length, text + length };
}

/* Appends WORD, which starts at AT with its value at START, corrected; *RET_END is behind it. 1 when it was changed, 0, -ENOMEM. */
static int correct_word(struct device_asked *asked, const struct device_word *word, const char *at, const char *start, struct buffer *out,
			const char **ret_end)
{
	struct value value = word->shape == SHAPE_UNITS && word->places == DEVICES_IN_UNITS ? list_at(start) : value_at(start);
	AUTO_FREE char *old = strndup(value.start, value.length), *new = NULL;
	bool gone = false;

	*ret_end = value.end;
	if (!old || device_word_correct(asked, word, old, &new, &gone) < 0)
		return -ENOMEM;
	/* An initramfs waits for what it shall resume from. Kernel command lines know a word of their own against it. */
	if (gone && !strcmp(word->key, "resume"))
		return append_text(out, "noresume") < 0 ? -ENOMEM : 1;
	if (gone && !strcmp(word->key, "RESUME"))
		return append_text(out, "RESUME=none") < 0 ? -ENOMEM : 1;
	if (gone && word->gone == GONE_LEFT_OUT)
		return 1;
	if (buffer_append(out, at, (size_t)(value.start - at)) < 0 || append_text(out, new ? new : old) < 0 ||
	    buffer_append(out, value.start + value.length, (size_t)(value.end - value.start) - value.length) < 0)
		return -ENOMEM;
	return new != NULL;
}

int setting_words_correct(const struct plan *plan, const char *file, const char *text, unsigned places, struct buffer *out, char ***notes)
{
	struct device_asked asked = { .plan = plan, .file = file, .notes = notes };
	bool line_start = true, word_start = true, comment = false;
	int changed = 0;

	for (const char *at = text; *at;) {
		const struct device_word *word = NULL;
		const char *value = NULL;

		if (line_start)
			comment = at[strspn(at, " \t")] == '#';
		if (word_start && !comment)
			word = device_word_at(at, places, &value);
		if (word) {
			int r = correct_word(&asked, word, at, value, out, &at);

			if (r < 0)
				return r;
			changed += r;
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
