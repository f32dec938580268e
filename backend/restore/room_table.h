/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What will be written to each filesystem of a plan, summed up entry by entry. Only room.c and its sibling use this header.
 */
#ifndef LIFEBOAT_RESTORE_ROOM_TABLE_H
#define LIFEBOAT_RESTORE_ROOM_TABLE_H

#include "../core/macro.h"
#include "../plan/plan.h"
#include "../set/index.h"

/* One filesystem. */
struct room {
	const struct node *filesystem; /* of plan->target.result */
	const char *path;              /* where it is mounted: one of its mounts */
	uint64_t unit;                 /* bytes that a file's content takes at least */
	bool compresses;               /* it is mounted with compression */
	uint64_t least, likely;        /* bytes that will surely be written, and that are to be expected */
	uint64_t files;                /* entries: inodes */
	uint64_t misfits;              /* entries that it cannot store */
	char *misfit;                  /* the first of these, and why, for people; owned */
};

struct room_table {
	const struct manifest *manifest;
	struct room *rooms;
	size_t count;
	json_t *mounts;                /* escaped mount path -> index in rooms */
	char *directory;               /* of the last row, and where it lands */
	struct room *in_directory;
};

/* 0 or -ENOMEM. */
MUST_CHECK int room_table_init(struct room_table *table, const struct manifest *manifest, const struct plan *plan);
void room_table_done(struct room_table *table);
/* Counts one entry where it will land. 0 or -ENOMEM. */
MUST_CHECK int room_table_add(struct room_table *table, const struct index_row *row);

#endif
