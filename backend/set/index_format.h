/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of the index's reader and its writer share. Only for index_*.c. */
#ifndef LIFEBOAT_SET_INDEX_FORMAT_H
#define LIFEBOAT_SET_INDEX_FORMAT_H

#include <sys/stat.h>

#include "index.h"

#define INDEX_TYPE_COUNT 7

struct index_type {
	const char *name;
	mode_t type;
};

extern const struct index_type index_types[INDEX_TYPE_COUNT];

/* Parses lines into rows; keeps what it needs from one line to the next. MANIFEST is borrowed. NULL when out of memory. */
struct index_row_parser *index_row_parser_new(const struct manifest *manifest);
void index_row_parser_free(struct index_row_parser *parser);
/* One line without its end into ROW, which is empty; also when it fails ROW is for index_row_done(). 0, -EBADMSG, -ENOMEM. */
int index_row_parse(struct index_row_parser *parser, const char *line, size_t length, struct index_row *row);

#endif
