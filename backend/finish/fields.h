/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of tables such as fstab(5) and crypttab(5): white space between fields, "#" before a comment, \040 for a space in a field,
 * options as a list with commas (libmount's).
 *
 * The lines are split here and not by libmount, because what is not corrected stays byte for byte: libmount rewrites every entry,
 * with one space between fields, and drops lines that it does not understand. One with a comment behind its fields is such a line, yet
 * systemd mounts it. It knows no crypttab.
 */
#ifndef LIFEBOAT_FINISH_FIELDS_H
#define LIFEBOAT_FINISH_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include "../core/bytes.h"

#define FIELDS 5

/* Where the first fields of a line lie. */
struct fields {
	const char *start[FIELDS];
	size_t length[FIELDS];
	size_t count;
};

/* Splits the LENGTH bytes at LINE, which stay borrowed. */
void fields_split(const char *line, size_t length, struct fields *ret);
/* Field I with its octal escapes undone, LEFT_OUT where the line has none. New string; NULL when out of memory. */
char *fields_decode(const struct fields *fields, size_t i, const char *left_out);
/* OPTION as a whole word of a list with commas. */
bool options_has(const char *options, const char *option);
/* The value of NAME= in a list with commas: borrowed, *RET_LENGTH bytes; NULL when it has none. */
const char *options_value(const char *options, const char *name, size_t *ret_length);

/* Appends TEXT to OUT line by line, each as CORRECT writes it (LENGTH bytes at LINE, without the line end): it gives 1 when the line was
 * changed, 0 when it was copied, -errno. Number of changed lines, or -errno. */
MUST_CHECK int lines_correct(const char *text, int (*correct)(void *data, const char *line, size_t length, struct buffer *out), void *data,
		  struct buffer *out);

/* buffer_append() of a string. */
MUST_CHECK int append_text(struct buffer *out, const char *text);
/* The comment "# Lifeboat: TEXT" on a line of its own. 0 or -ENOMEM. */
MUST_CHECK int append_comment(struct buffer *out, const char *text);
/* The LENGTH bytes at TEXT, whole lines, each as a comment, below the comment WHY. 0 or -ENOMEM. */
MUST_CHECK int append_commented(struct buffer *out, const char *why, const char *text, size_t length);

#endif
