/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Do the segments of a set hold what its index says? The index is read once and kept in little memory: of each row a keyed hash of its
 * path and one of all that it says. Whoever walks the segments - to verify, to restore - shows every entry: names, types, modes, owners,
 * times, link targets, attributes and, where that is wanted, contents are held against the rows.
 */
#ifndef LIFEBOAT_SET_AGREEMENT_H
#define LIFEBOAT_SET_AGREEMENT_H

#include "index.h"

struct agreement;

/* Reads the whole index: its digest, its rows, that no path is there twice and that each lies in a directory of the set, that its total is
 * the manifest's. CONTENT: digests of files are checked too; then the pieces of a large file are taken in order, see agreement_begin().
 * 0 or -errno with a sentence. */
int agreement_new(struct context *ctx, struct set *set, bool content, struct agreement **ret);
void agreement_free(struct agreement *agreement);
/* Bytes of memory that the agreement of such a set takes. */
uint64_t agreement_bytes(const struct manifest *manifest);
/* Segment NUMBER will bring no further entries: it came to its end, is damaged, or is not read at all. Any thread. */
void agreement_segment_over(struct agreement *agreement, size_t number);
/* Ends all waiting for pieces: the work stops. Any thread. */
void agreement_stop(struct agreement *agreement);
/* Segment NUMBER was read to its end: did it hold all that the index lists for it? 0 or -EBADMSG with a sentence. */
int agreement_segment_complete(struct context *ctx, struct agreement *agreement, size_t number);

/* The entries of one segment after another; one thread each. */
struct agreement_check;
/* CTX gets its sentences. NULL when out of memory. */
struct agreement_check *agreement_check_new(struct context *ctx, struct agreement *agreement);
void agreement_check_free(struct agreement_check *check);
/* ENTRY (borrowed until agreement_end()) of segment NUMBER is looked at. With content it may have to wait until another thread is through with
 * the piece before this one, so segments are to be taken in ascending order. 0; -EBADMSG with a sentence when the index says otherwise;
 * -ENODATA for a piece whose file is lost already; -ECANCELED after agreement_stop(); -ENOMEM. */
int agreement_begin(struct agreement_check *check, size_t number, const struct pax_entry *entry);
/* The entry's data, as read. */
void agreement_data(struct agreement_check *check, const void *data, size_t length);
/* The entry is over. Who did not read all of its data learns nothing of its content. As agreement_begin(). */
int agreement_end(struct agreement_check *check);

/* For segments that pass before the index does. What is shown of entries of files is remembered, and nothing is held against anything, until
 * agreement_arrive(); of large files in pieces only that they were met, see agreement_split(). NULL: out of memory. */
struct agreement *agreement_new_late(bool content);
/* The index is there: reads it, and holds against it what was remembered, but for entries of segments that are SPOILT (by number): of these it is
 * known that they were met. Then it is an agreement like any other, of which the segments of files were shown. As agreement_new(); it stays the
 * caller's. */
int agreement_arrive(struct context *ctx, struct agreement *agreement, struct set *set, const bool *spoilt);
/* Then: a large file that was put together of pieces, one in each segment from FIRST to LAST. ENTRY is its first piece, which DATA bytes of all of
 * them and, with content, the digest SHA256 complete. 1: it is what the index says; 0: it is not; -ENOMEM. */
int agreement_split(struct agreement *agreement, const struct pax_entry *entry, uint64_t data, size_t first, size_t last, const char *sha256);

/* Whether the entry PATH was met whole and as the index says. Once the segment it lies in is over. */
bool agreement_has(const struct agreement *agreement, const char *path);

enum {
	AGREEMENT_LOST_ENTRY = 1, /* not all of its entry was met as the index says: it lies in a damaged segment */
	AGREEMENT_LOST_TARGET = 2, /* it is an additional name of such a file */
	AGREEMENT_WAS_MET = 4,   /* beside one of these: an entry claimed to be it */
};
/* Calls LOST for every row of the index of which something is lost; WHAT of the above. What LOST returns below 0 ends it. 0 or -errno with a
 * sentence. */
int agreement_lost(struct context *ctx, struct set *set, const struct agreement *agreement,
		   int (*lost)(void *data, const struct index_row *row, unsigned what), void *data);

#endif
