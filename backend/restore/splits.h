/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that lie in several segments: whichever worker comes first makes the file, the others write their piece into it, and its
 * metadata wait until all pieces are there.
 */
#ifndef LIFEBOAT_RESTORE_SPLITS_H
#define LIFEBOAT_RESTORE_SPLITS_H

#include <pthread.h>

#include "../core/macro.h"
#include "../set/pax.h"

struct split {
	char *path;
	uint64_t whole_size;
	struct pax_extent *pieces; /* those written, holes included; in the order they came */
	size_t piece_count;
	uint64_t data;           /* bytes of them, without holes */
	size_t first_segment, last_segment; /* that they lie in */
	bool made;
	bool failed;             /* listed already */
	bool withdrawn;          /* it is not what was saved, and must not stay */
	dev_t device;            /* of the file made, so that no other is ever written to */
	ino_t inode;
	bool has_entry;
	struct pax_entry entry;  /* the first piece's, for the metadata */
};

struct splits {
	pthread_mutex_t lock;
	void *tree;              /* tsearch(3), by path */
};

void splits_init(struct splits *splits);
void splits_done(struct splits *splits);
/* The split file PATH, new when not met before. The caller holds splits->lock. NULL when out of memory. */
struct split *splits_get(struct splits *splits, const char *path, uint64_t whole_size);
/* Notes that LENGTH bytes from OFFSET on are written. 0 or -ENOMEM. */
MUST_CHECK int split_add_piece(struct split *split, uint64_t offset, uint64_t length);
/* The pieces written make up the whole file, each byte once. */
bool split_is_whole(struct split *split);

#endif
