/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "key.h"

#include <ctype.h>
#include <stdlib.h>

#include "line.h"
#include "memory.h"

bool key_letter_works(const struct key *key, enum key_typing typing)
{
	return key->letter && (typing == KEY_TYPING_NOTHING || (typing == KEY_TYPING_WORDS && !isalnum(key->letter)));
}

/* BRIEF leaves out the function key where another key does the same. */
static char *key_text(const struct key *key, enum key_typing typing, bool brief)
{
	bool function = key->function && !brief;

	if (!key->label[0])
		return line_format("%s", "");
	if (!function && key_letter_works(key, typing))
		return line_format("%c %s", key->letter, key->label);
	if (key_letter_works(key, typing))
		return line_format("F%d/%c %s", key->function, key->letter, key->label);
	if (key->control && function)
		return line_format("F%d/^%c %s", key->function, key->control, key->label);
	if (key->control)
		return line_format("^%c %s", key->control, key->label);
	return line_format("F%d %s", key->function, key->label);
}

/* Joins those that are not in LEFT_OUT. */
static char *join(const struct key *keys, size_t count, enum key_typing typing, bool brief, const bool *left_out)
{
	char *line = line_format("%s", "");

	for (size_t i = 0; i < count; i++) {
		char *text, *longer;

		if (left_out[i])
			continue;
		text = key_text(&keys[i], typing, brief);
		longer = line_format("%s%s%s", line, *line && *text ? "  " : "", text);
		free(line);
		free(text);
		line = longer;
	}
	return line;
}

char *key_line(const struct key *keys, size_t count, enum key_typing typing, int width)
{
	bool *left_out = ui_allocate((count + 1) * sizeof(*left_out));
	char *line = join(keys, count, typing, false, left_out);
	char *fit;

	if (line_width(line) > width) {
		free(line);
		line = join(keys, count, typing, true, left_out);
	}
	for (size_t i = count > 1 ? count - 1 : 0; i > 0 && line_width(line) > width; i--) {
		left_out[i - 1] = true;
		free(line);
		line = join(keys, count, typing, true, left_out);
	}
	free(left_out);
	fit = line_fit(line, width);
	free(line);
	return fit;
}
