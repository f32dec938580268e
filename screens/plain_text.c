/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plain_text.h"

#include <limits.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../backend/messages.h"
#include "../ui/line.h"

#define COLUMNS_WITHOUT_SIZE 80 /* serial lines say 0 */
#define COLUMNS_LEAST 40
#define INDENT_MOST 12

/* Cells of a line; INT_MAX where nothing is wrapped. */
static int columns_of(FILE *out)
{
	struct winsize size = { 0 };

	if (!isatty(fileno(out)))
		return INT_MAX;
	if (ioctl(fileno(out), TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return COLUMNS_WITHOUT_SIZE;
	return size.ws_col < COLUMNS_LEAST ? COLUMNS_LEAST : size.ws_col;
}

void plain_text(FILE *out, const char *prefix, const char *text)
{
	AUTO_FREE char *clean = line_clean(text, true);
	int indent = line_width(prefix), columns = columns_of(out);
	struct line_block block;

	if (!*clean)
		return;
	if (columns == INT_MAX) {
		fprintf(out, "%s%s\n", prefix, clean);
		return;
	}
	/* Under words as long as these there is no column: the next lines begin where the words do. */
	if (indent > INDENT_MOST)
		indent = (int)strspn(prefix, " ");
	/* The last column stays free: some terminals go to the next line there by themselves. */
	line_wrap(clean, columns - 1 - line_width(prefix), &block);
	for (size_t i = 0; i < block.count; i++)
		if (i == 0)
			fprintf(out, "%s%s\n", prefix, block.lines[i]);
		else
			fprintf(out, "%*s%s\n", indent, "", block.lines[i]);
	line_block_done(&block);
}

void plain_prompt_text(FILE *out, const char *text)
{
	AUTO_FREE char *clean = line_clean(text, true);
	int columns = columns_of(out);
	struct line_block block;

	if (columns == INT_MAX) {
		fputs(clean, out);
		return;
	}
	line_wrap(clean, columns - 1, &block);
	for (size_t i = 0; i < block.count; i++)
		fprintf(out, "%s%s", i ? "\n" : "", block.lines[i]);
	/* Wrapping takes the blank at the end. */
	fputc(' ', out);
	line_block_done(&block);
}
