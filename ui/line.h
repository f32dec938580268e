/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text as cells of a terminal: how wide it is, cut and padded to a width, wrapped, cleaned of what could command the
 * terminal. All take any bytes; what the locale cannot show becomes '?'. Results are new strings the caller frees.
 * Running out of memory ends the front end: it is started again, and the session continues where it was.
 */
#ifndef LIFEBOAT_UI_LINE_H
#define LIFEBOAT_UI_LINE_H

#include <stdbool.h>
#include <stddef.h>

/* printf into a new string. */
char *line_format(const char *format, ...) __attribute__((__format__(__printf__, 1, 2)));
/* A copy without control characters (each becomes '?') and without bytes the locale cannot show; line ends stay when
 * LINES is true, else become spaces. NULL is taken as "". */
char *line_clean(const char *text, bool lines);
/* Cells the text takes. */
int line_width(const char *text);
/* Cleaned and cut to at most WIDTH cells; what is cut ends in "...". */
char *line_fit(const char *text, int width);
/* The same, cut in the middle: for paths, whose end says most. */
char *line_fit_middle(const char *text, int width);
/* Cut and filled up with spaces to exactly WIDTH cells. */
char *line_pad(const char *text, int width);
/* The same with the spaces before it. */
char *line_right(const char *text, int width);

struct line_block {
	char **lines;
	size_t count;
};

/* Cleaned and wrapped at spaces to WIDTH cells (at least 8); words longer than a line are broken; line ends are
 * kept, and so is the indentation of a line for its continuation. */
void line_wrap(const char *text, int width, struct line_block *ret);
void line_block_done(struct line_block *block);

#endif
