/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that take more than one segment: each piece is a job of its own, so that several packers read and compress one file at
 * once; the digest of the whole is taken piece by piece, in turns. */
#ifndef LIFEBOAT_CAPTURE_LARGE_H
#define LIFEBOAT_CAPTURE_LARGE_H

#include <stdatomic.h>
#include <sys/stat.h>

#include "../set/content.h"
#include "../set/pax.h"

struct link_group;

/* What goes into one segment. */
struct piece {
	uint64_t offset, size;   /* where it lies in the file, holes included */
	size_t first, count;     /* its extents among those of the file */
};

/* Held by every item that is a piece of it, from several threads. */
struct large {
	atomic_uint references;
	int fd;
	struct stat st;
	struct pax_entry entry;  /* path, metadata; extents of the whole file */
	struct link_group *group; /* NULL when it has one name */
	bool swap;               /* active swap: only its first page is read */
	struct piece *pieces;
	size_t count;
	uint64_t data;
	uint32_t number;         /* of its directory of pieces */
	uint32_t first_segment;
	struct content_digest *digest;
	size_t turn;             /* piece whose turn it is with the digest */
	bool is_short;           /* of all pieces so far; guarded by the turn */
	int error;
};

/* The open file FD (taken), cut into pieces of at most LIMIT bytes of data. ENTRY's contents and EXTENTS (COUNT of them; NULL: no holes) are
 * taken, too; on failure ENTRY may keep its contents. NUMBER: of the segment that gets the first piece. NULL when out of memory. */
struct large *large_new(struct pax_entry *entry, int fd, const struct stat *st, struct pax_extent *extents, size_t count, uint64_t limit,
			uint32_t number);
/* Takes one more hold of it, and gives one up: the last one frees it. */
struct large *large_ref(struct large *large);
void large_unref(struct large *large);

#endif
