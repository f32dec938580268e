/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "log_lines.h"

#include <string.h>

#include "../ui/line.h"
#include "../ui/memory.h"

#define INDENT 2 /* cells before the further rows of a line */

enum log_rank log_rank(const struct model_log *line)
{
	if (!strcmp(line->level, "warning") || !strcmp(line->level, "error"))
		return LOG_WARNED;
	if (!strcmp(line->level, "debug"))
		return LOG_DETAIL;
	return strncmp(line->text, "kernel: ", 8) ? LOG_SAID : LOG_KERNEL;
}

enum tone log_tone(const struct model_log *line)
{
	if (!strcmp(line->level, "error"))
		return TONE_BAD;
	return strcmp(line->level, "warning") ? TONE_PLAIN : TONE_CARE;
}

/* The lines that are shown. */
struct choice {
	const struct model *model;
	int width;
	size_t *lines;           /* their numbers */
	size_t count;
	int used;                /* rows they take */
};

/* The same was said later, and that line is shown: once is enough. */
static bool is_repeated(const struct choice *choice, size_t i)
{
	for (size_t k = 0; k < choice->count; k++)
		if (!strcmp(choice->model->log[choice->lines[k]].text, choice->model->log[i].text))
			return true;
	return false;
}

static void wrap(const struct choice *choice, size_t i, struct line_block *ret)
{
	line_wrap(choice->model->log[i].text, choice->width - INDENT, ret);
}

/* Takes lines of a rank, the newest first, up to LIMIT rows in all. The first line that finds no room ends it. */
static void take(struct choice *choice, enum log_rank rank, int limit)
{
	for (size_t i = choice->model->log_count; i > 0 && choice->used < limit; i--) {
		struct line_block block;
		int rows;

		if (log_rank(&choice->model->log[i - 1]) != rank || is_repeated(choice, i - 1))
			continue;
		wrap(choice, i - 1, &block);
		rows = (int)block.count;
		line_block_done(&block);
		/* One that is longer than all the room shows its beginning. */
		if (choice->used && choice->used + rows > limit)
			return;
		choice->lines = ui_reallocate(choice->lines, (choice->count + 1) * sizeof(*choice->lines));
		choice->lines[choice->count++] = i - 1;
		choice->used += rows;
	}
}

static int by_number(const void *one, const void *other)
{
	size_t a = *(const size_t *)one, b = *(const size_t *)other;

	return (a > b) - (a < b);
}

void log_draw(const struct model *model, struct live *live, int row, int column, int width, int rows)
{
	struct choice choice = { .model = model, .width = width };
	int at;

	take(&choice, LOG_WARNED, rows - rows / 3);
	take(&choice, LOG_SAID, rows);
	take(&choice, LOG_KERNEL, rows);
	if (choice.count)
		qsort(choice.lines, choice.count, sizeof(*choice.lines), by_number);
	at = choice.used < rows ? row + rows - choice.used : row;
	for (size_t i = 0; i < choice.count && at < row + rows; i++) {
		struct line_block block;

		wrap(&choice, choice.lines[i], &block);
		for (size_t k = 0; k < block.count && at < row + rows; k++)
			live_put(live, at++, column + (k ? INDENT : 0), width - (k ? INDENT : 0), log_tone(&model->log[choice.lines[i]]),
				 block.lines[k]);
		line_block_done(&block);
	}
	free(choice.lines);
}
