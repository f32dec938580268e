/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "verdict.h"

#include <string.h>

#include "../core/bytes.h"
#include "../core/sentence.h"

#define SCREEN_LINES 25

static const struct {
	const char *words, *failure;
} failures[] = {
	{ "Kernel panic - not syncing", N_("The restored machine's kernel gave up (panic)") },
	{ "Dropping to a shell!", N_("The restored machine's initramfs did not find what it needs and fell back to a shell") },
	{ "Entering emergency mode. Exit the shell",
	  N_("The restored machine's initramfs did not find what it needs and fell back to a shell") },
	{ "You are in emergency mode", N_("The restored machine came up in emergency mode") },
	{ "or press Control-D to continue", N_("The restored machine waits for its root password, for maintenance") },
	{ "grub rescue>", N_("The restored machine's GRUB did not find its files and stands at its rescue prompt") },
	{ "Minimal BASH-like line editing", N_("The restored machine's GRUB did not find its menu and stands at its prompt") },
	{ "you need to load the kernel first", N_("The restored machine's GRUB could not load the kernel") },
	{ "No bootable device", N_("The restored machine's firmware found nothing to start") },
	{ "No bootable option or device", N_("The restored machine's firmware found nothing to start") },
};

const char *verdict_failure(const char *text, size_t length)
{
	for (size_t i = 0; i < ARRAY_LENGTH(failures); i++)
		if (memmem(text, length, failures[i].words, strlen(failures[i].words)))
			return failures[i].failure;
	return NULL;
}

/* Length of the control sequence at TEXT, 0 when there is none: ESC '[' ... letter, ESC '(' letter (a character set), ESC
 * letter. One that moves the cursor begins a new line here. */
static size_t sequence_length(const char *text, const char *end, bool *ret_moves)
{
	const char *at = text + 2;

	*ret_moves = false;
	if (end - text < 2 || text[0] != '\033')
		return 0;
	if (text[1] != '[')
		return text[1] == '(' && end - text > 2 ? 3 : 2;
	while (at < end && (*at < '@' || *at > '~'))
		at++;
	*ret_moves = at < end && strchr("Hf", *at);
	return (size_t)(at - text) + (at < end);
}

/* Ends the line that begins at START of CLEAN, unless it shows nothing: then it goes. */
static int end_line(struct buffer *clean, size_t *start)
{
	AUTO_FREE char *printable = NULL;

	if (clean->length == *start || !clean->data[*start + strspn(clean->data + *start, " ")]) {
		clean->length = *start;
		return 0;
	}
	printable = text_printable(clean->data + *start);
	clean->length = *start;
	if (!printable || buffer_append(clean, printable, strlen(printable)) < 0 || buffer_append(clean, "\n", 1) < 0)
		return -1;
	*start = clean->length;
	return 0;
}

char *verdict_last_lines(const char *text, size_t length)
{
	AUTO_BUFFER struct buffer clean = { 0 };
	const char *end = text + length, *from;
	size_t start = 0, lines = 0;

	for (bool moves; text < end;) {
		size_t skipped = sequence_length(text, end, &moves);
		bool ends = moves || (!skipped && *text == '\n');

		if (ends && end_line(&clean, &start) < 0)
			return NULL;
		if (!skipped && (unsigned char)*text >= ' ' && buffer_append(&clean, text, 1) < 0)
			return NULL;
		text += skipped ? skipped : 1;
	}
	if (end_line(&clean, &start) < 0)
		return NULL;
	if (!clean.length)
		return strdup("");
	for (from = clean.data + clean.length - 1; from > clean.data; from--)
		if (from[-1] == '\n' && ++lines == SCREEN_LINES)
			break;
	return strndup(from, (size_t)(clean.data + clean.length - 1 - from));
}
