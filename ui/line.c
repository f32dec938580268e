/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "line.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "memory.h"

char *line_format(const char *format, ...)
{
	va_list list;
	char *text;
	int length;

	va_start(list, format);
	length = vasprintf(&text, format, list);
	va_end(list);
	if (length < 0)
		abort();
	return text;
}

/* Unicode's characters that are not seen themselves and turn around or hide what is beside them. The engine cleans what it says of
 * them; this is for all else that comes onto a screen. */
static bool is_hidden(wchar_t character)
{
	static const struct { wchar_t first, last; } ranges[] = {
		{ 0xad, 0xad }, { 0x61c, 0x61c }, { 0x180e, 0x180e }, { 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f },
		{ 0xfeff, 0xfeff }, { 0xfff9, 0xfffb }, { 0x1d173, 0x1d17a }, { 0xe0000, 0xe007f },
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++)
		if (character >= ranges[i].first && character <= ranges[i].last)
			return true;
	return false;
}

/* One character from TEXT: its bytes (at least 1), and its cells; a control, hidden or unprintable one has -1 cells. */
static size_t next_character(const char *text, int *ret_cells)
{
	mbstate_t state = { 0 };
	wchar_t character;
	/* Not the whole rest: its length would be counted again for each character. */
	size_t length = mbrtowc(&character, text, strnlen(text, MB_LEN_MAX), &state);

	if (length == (size_t)-1 || length == (size_t)-2) {
		/* One '?' for a whole sequence the locale does not know, not one a byte. */
		size_t i = 1;

		if ((unsigned char)text[0] >= 0xc0)
			while (((unsigned char)text[i] & 0xc0) == 0x80)
				i++;
		*ret_cells = -1;
		return i;
	}
	*ret_cells = is_hidden(character) ? -1 : wcwidth(character);
	return length;
}

char *line_clean(const char *text, bool lines)
{
	size_t out = 0;
	char *clean;

	if (!text)
		text = "";
	clean = ui_allocate(strlen(text) + 1);
	while (*text) {
		int cells;
		size_t length = next_character(text, &cells);

		if (*text == '\n' && lines) {
			clean[out++] = '\n';
		} else if (*text == '\n' || *text == '\t') {
			clean[out++] = ' ';
		} else if (cells < 0) {
			clean[out++] = '?';
		} else {
			memcpy(clean + out, text, length);
			out += length;
		}
		text += length;
	}
	clean[out] = '\0';
	return clean;
}

int line_width(const char *text)
{
	int width = 0;

	while (text && *text) {
		int cells;

		text += next_character(text, &cells);
		width += cells < 0 ? 1 : cells;
	}
	return width;
}

/* Bytes of the longest start of TEXT that takes at most WIDTH cells. */
static size_t prefix_bytes(const char *text, int width)
{
	size_t bytes = 0;

	while (text[bytes]) {
		int cells;
		size_t length = next_character(text + bytes, &cells);

		if (cells < 0)
			cells = 1;
		if (cells > width)
			break;
		width -= cells;
		bytes += length;
	}
	return bytes;
}

char *line_fit(const char *text, int width)
{
	char *clean = line_clean(text, false);
	size_t bytes;
	char *fit;

	if (width < 0)
		width = 0;
	if (line_width(clean) <= width)
		return clean;
	bytes = prefix_bytes(clean, width > 3 ? width - 3 : width);
	fit = line_format("%.*s%s", (int)bytes, clean, width > 3 ? "..." : "");
	free(clean);
	return fit;
}

char *line_fit_middle(const char *text, int width)
{
	char *clean = line_clean(text, false);
	int whole = line_width(clean);
	const char *tail = clean;
	int skip;
	size_t bytes;
	char *fit;

	if (whole <= width)
		return clean;
	if (width < 12) {
		free(clean);
		return line_fit(text, width);
	}
	/* A third of the start, two thirds of the end. */
	bytes = prefix_bytes(clean, (width - 3) / 3);
	skip = whole - (width - 3 - (width - 3) / 3);
	while (skip > 0 && *tail) {
		int cells;

		tail += next_character(tail, &cells);
		skip -= cells < 0 ? 1 : cells;
	}
	fit = line_format("%.*s...%s", (int)bytes, clean, tail);
	free(clean);
	return fit;
}

char *line_pad(const char *text, int width)
{
	char *fit = line_fit(text, width);
	char *padded = line_format("%s%*s", fit, width - line_width(fit), "");

	free(fit);
	return padded;
}

char *line_right(const char *text, int width)
{
	char *fit = line_fit(text, width);
	char *padded = line_format("%*s%s", width - line_width(fit), "", fit);

	free(fit);
	return padded;
}

static void block_add(struct line_block *block, int indent, const char *text, size_t length)
{
	block->lines = ui_reallocate(block->lines, (block->count + 1) * sizeof(*block->lines));
	block->lines[block->count++] = line_format("%*s%.*s", indent, "", (int)length, text);
}

/* How much of TEXT fits on a line of WIDTH cells: up to a space when there is one, at least one character. */
static size_t line_bytes(const char *text, int width)
{
	size_t bytes = prefix_bytes(text, width);

	if (text[bytes] && text[bytes] != ' ') {
		size_t end = bytes;

		while (end > 0 && text[end - 1] != ' ')
			end--;
		if (end > 0)
			bytes = end;
	}
	if (bytes == 0 && *text) {
		int cells;

		bytes = next_character(text, &cells);
	}
	return bytes;
}

/* Wraps one line that holds no line end. */
static void wrap_one(const char *text, size_t length, int width, struct line_block *block)
{
	char *line = line_format("%.*s", (int)length, text);
	const char *rest = line;
	int indent = 0;

	while (indent < width / 2 && rest[indent] == ' ')
		indent++;
	rest += indent;
	do {
		size_t bytes = line_bytes(rest, width - indent);
		size_t end = bytes;

		while (end > 0 && rest[end - 1] == ' ')
			end--;
		block_add(block, indent, rest, end);
		rest += bytes;
		while (*rest == ' ')
			rest++;
	} while (*rest);
	free(line);
}

void line_wrap(const char *text, int width, struct line_block *ret)
{
	char *clean = line_clean(text, true);
	const char *rest = clean;

	*ret = (struct line_block){ 0 };
	if (width < 8)
		width = 8;
	for (;;) {
		size_t length = strcspn(rest, "\n");

		wrap_one(rest, length, width, ret);
		if (!rest[length])
			break;
		rest += length + 1;
		if (!*rest)
			break;
	}
	free(clean);
}

void line_block_done(struct line_block *block)
{
	for (size_t i = 0; i < block->count; i++)
		free(block->lines[i]);
	free(block->lines);
	*block = (struct line_block){ 0 };
}
