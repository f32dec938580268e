/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables of the set that is written: rows of the index go to the set's place as they come, for there may be a hundred million of them. */
#ifndef LIFEBOAT_CAPTURE_TABLES_H
#define LIFEBOAT_CAPTURE_TABLES_H

#include "../set/lines.h"

struct capture;

/* Where rows of the index go: of directories and of all else, which follow them in index.zst. */
enum table_part { TABLE_DIRECTORIES, TABLE_FILES, TABLE_PARTS };

struct tables {
	struct table_rows {
		struct capture *capture;
		struct lines_writer *writer;
		struct sink_member *kept; /* where they are kept, beside the set; NULL: they are not being written */
		uint64_t length;
	} parts[TABLE_PARTS];
};

/* In capture->tables. 0 or -errno; tables_close() in any case. */
int tables_open(struct capture *capture);
/* Lines that index_row_print() made. Each part is written by one thread at a time. 0 or -errno. */
int tables_add_rows(struct capture *capture, enum table_part part, const struct buffer *lines);
/* Writes index.zst and segments.zst, with their lengths and digests into the manifest. 0 or -errno. */
int tables_write(struct capture *capture);
void tables_close(struct tables *tables);

#endif
