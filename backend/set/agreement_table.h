/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is kept of an index: 13 bytes a place, five places for four rows, whatever they say: 163 MB for 10 million rows. Of a file in pieces
 * 48 bytes more. What a row says is kept in 32 bits of a hash whose key nobody knows: of rows that differ, one in four thousand million goes unseen.
 * Only for agreement*.c. */
#ifndef LIFEBOAT_SET_AGREEMENT_TABLE_H
#define LIFEBOAT_SET_AGREEMENT_TABLE_H

#include <stdatomic.h>

#include "../core/pathset.h"
#include "index.h"

enum {
	ROW_TYPE = 15,           /* S_IFMT, shifted */
	ROW_HARD_LINK = 16,
	ROW_PIECES = 32,         /* lies in several segments */
	ROW_SEEN = 64,           /* an entry claims to be it */
	ROW_GOOD = 128,          /* and was what the index says, to its end */
};

/* A file in several segments. */
struct agreement_file {
	uint64_t path;
	uint64_t size, data;
	uint32_t first_segment, segment_count; /* consecutive */
	struct piece_state *state; /* NULL until its first piece comes */
	uint64_t said;           /* of pieces that came before the index: hash of the metadata that they repeat; 0: none was looked at */
};

struct agreement_table {
	struct path_key key;
	bool content;
	uint64_t *paths;         /* hashes, by open addressing; 0: free */
	uint32_t *said;          /* of the same row: hash of all that it says */
	_Atomic uint8_t *flags;
	size_t capacity;
	struct agreement_file *files; /* sorted by path when all are read */
	size_t file_count;
	uint32_t *listed;        /* rows of each segment */
	uint64_t bytes;          /* data of all files, additional names not counted */
};

/* Reads the index; the key is set before. 0 or -errno with a sentence; TABLE is for agreement_table_done() in any case. */
int agreement_table_read(struct context *ctx, struct set *set, struct agreement_table *table);
void agreement_table_done(struct agreement_table *table);
/* The place of PATH, or of the path with this hash, or SIZE_MAX. */
size_t agreement_table_place(const struct agreement_table *table, uint64_t path);
size_t agreement_table_find(const struct agreement_table *table, const char *path);
struct agreement_file *agreement_table_file(const struct agreement_table *table, uint64_t path);
/* The hash of all that ROW says, less what a tar stream does not tell, the type of an additional name and that a file changed; and less the
 * content's digest where that is not looked at. TEXT is scratch. 0 or -ENOMEM. */
int agreement_row_hash(const struct agreement_table *table, const struct index_row *row, struct buffer *text, uint64_t *ret);

#endif
