/* SPDX-License-Identifier: GPL-3.0-or-later */
/* index.zst: one row an entry, for selective restore, show, compare and verification: zstd-compressed lines of JSON in the
 * order of the segments. Paths and links are escaped by bytes_escape()'s rule.
 */
#ifndef LIFEBOAT_SET_INDEX_H
#define LIFEBOAT_SET_INDEX_H

#include "../core/digest.h"
#include "lines.h"

struct index_xattr {
	char *name;
	char sha256[DIGEST_HEX]; /* of the value */
};

struct index_row {
	char *path;              /* bytes, relative, "." is the root */
	mode_t mode;
	uid_t uid;
	gid_t gid;
	struct timespec mtime;
	uint64_t size;
	uint64_t data;           /* bytes in data extents (SEEK_DATA); equals size when not sparse */
	dev_t device;
	unsigned long flags;     /* inode flags as in pax.h */
	struct hints hints;
	char *link;              /* symlink target; NULL for an additional name of a symlink */
	char *hard_link;         /* path of the first name; NULL */
	bool changed;            /* changed while it was read: its digest is that of what was saved */
	char sha256[DIGEST_HEX]; /* of a regular file's content (set/content.h), "" for all else and for hard links */
	struct index_xattr *xattrs; /* sorted by name */
	size_t xattr_count;
	uint32_t first_segment, last_segment; /* numbers: of the one it lies in, twice; of a file in pieces, one in each segment from first to last */
};

void index_row_done(struct index_row *row);
/* Its entry has data: the index alone cannot tell all of it. */
bool index_row_has_data(const struct index_row *row);

/* "file", "directory", "symlink", "fifo", "socket", "character" or "block"; NULL for any other mode. */
const char *index_type_name(mode_t mode);
/* Appends the row's line to TEXT; 0 or -ENOMEM. */
int index_row_print(struct buffer *text, const struct index_row *row);

/* Writes the row's line; as lines_write(). */
int index_write(struct lines_writer *writer, const struct index_row *row);

/* Reading, strict: rows are as many as the manifest says, paths are safe, names of segments are known to it. Chunk by chunk: only when
 * index_read() has said that the end was reached is it known that length and digest are the manifest's, and so what the rows are worth;
 * who cannot wait for that asks index_check() first. */
struct index_reader;
/* Reads all of the index once: are its length and digest the manifest's? 0 or -errno with a sentence. */
int index_check(struct context *ctx, struct set *set);
int index_open(struct context *ctx, struct set *set, struct index_reader **ret);
/* The same over the bytes of an index.zst (taken, also on failure) that belongs to MANIFEST (borrowed). */
int index_open_bytes(struct context *ctx, const struct manifest *manifest, void *bytes, size_t length, struct index_reader **ret);
/* 1 a row (ROW is emptied first), 0 the end, -EBADMSG with a sentence. */
int index_read(struct context *ctx, struct index_reader *reader, struct index_row *row);
void index_close(struct index_reader *reader);
static inline void cleanup_index(struct index_reader **reader)
{
	index_close(*reader);
}
#define AUTO_INDEX CLEANUP(cleanup_index)

/* Who is shown every row of an index: 0, or -ENOMEM. */
struct index_visitor {
	int (*row)(void *data, const struct index_row *row);
	void *data;
};
/* Reads the whole index of SET once, for all COUNT VISITORS. 0 or -errno with a sentence. */
MUST_CHECK int index_visit(struct context *ctx, struct set *set, const struct index_visitor *visitors, size_t count);

#endif
