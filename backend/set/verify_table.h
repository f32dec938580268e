/* The rows of an index in a form that takes little memory: by path, with a digest of all that the row says. Only for verify*.c. */
#ifndef LIFEBOAT_SET_VERIFY_TABLE_H
#define LIFEBOAT_SET_VERIFY_TABLE_H

#include <stdatomic.h>

#include "index.h"

struct content_digest;

/* A file in pieces while they come in. Guarded by the verifier's lock. */
struct piece_state {
	struct content_digest *digest;
	uint64_t at;             /* where the next piece starts */
	uint64_t data;           /* data bytes so far */
	uint32_t next_segment;   /* index into the row's segments */
	struct index_row row;    /* what the first piece said */
};

struct table_row {
	char *path;
	char digest[DIGEST_HEX]; /* of the row, see table_row_digest() */
	uint64_t size, data;     /* they choose the kind of content digest */
	uint32_t first_segment, segment_count; /* consecutive */
	mode_t type;
	bool changed, hard_link;
	atomic_bool seen;
	struct piece_state *pieces; /* NULL but for files in several segments */
	struct table_row *next;
};

struct verify_table;

/* Reads the whole index. 0 or -errno with a sentence: doubled paths too, and
 * what lies in no directory of the set. */
int verify_table_read(struct context *ctx, struct set *set, struct verify_table **ret);
void verify_table_free(struct verify_table *table);
struct table_row *verify_table_find(const struct verify_table *table, const char *path);
/* The path of a row that no segment had; NULL when all were seen. */
const char *verify_table_unseen(const struct verify_table *table);
/* Data bytes of all rows that are no further names. */
uint64_t verify_table_bytes(const struct verify_table *table);
/* Digest over the row as index_row_print() writes it, less what a tar stream does not tell: of further names only owner, mode
 * bits, time and target count. 0 or -ENOMEM. */
int table_row_digest(const struct index_row *row, char hex[DIGEST_HEX]);

#endif
