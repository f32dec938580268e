/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The solver of places and sizes on one disk, how small a filesystem may become, and names. Only fit.c and its siblings use this header.
 */
#ifndef LIFEBOAT_FIT_FIT_PARTS_H
#define LIFEBOAT_FIT_FIT_PARTS_H

#include "../core/context.h"
#include "../layout/layout.h"

/* The least bytes FILESYSTEM may be given in place of SIZE, on sectors of SECTOR bytes; SIZE itself when its used bytes are not known. */
uint64_t fit_filesystem_minimum(const struct node *filesystem, uint64_t size, uint32_t sector);
/* The bytes that FILESYSTEM takes of the thin pool of its volume, made with its whole size and filled again; its size when its used bytes are not
 * known. */
uint64_t fit_thin_minimum(const struct node *filesystem);
/* Whether blocks of FILESYSTEM (ext, SIZE bytes) can be made as large as SECTOR, and the files still fit. */
bool fit_can_raise_blocks(const struct node *filesystem, uint64_t size, uint32_t sector);
/* Whether all files surely fit into that minimum: not where several files may share blocks (reflinks, snapshots) or are
 * compressed, for they come back one by one. */
bool fit_is_certain(const struct node *filesystem);

/* A partition while its place is solved. */
struct slot {
	struct node *partition; /* NULL: content lies on the disk itself */
	struct node *content;   /* what lies on it, or NULL */
	uint64_t start, end;    /* bytes */
	uint64_t before;        /* bytes that it had before it became smaller */
	bool extended, logical;
};

/* One disk, or array with partitions, while it is solved. */
struct solver {
	const struct layout *layout;
	struct node *disk;
	uint64_t size; /* of the target, bytes */
	uint64_t captured_size;
	uint32_t sector; /* logical, of the target */
	bool gpt;
	struct slot *slots; /* by start; an extended partition before its logical ones */
	size_t count;
};

void solver_done(struct solver *solver);
/* Gathers the partitions of DISK, or the disk's own content as one slot. Set before: layout, in which all sizes are as captured, size,
 * captured_size, sector. 0 or -ENOMEM. */
MUST_CHECK int solver_collect(struct solver *solver, struct node *disk);
/* Moves the slots where the target's sectors do not divide the captured places. */
void solver_realign(struct solver *solver);
/* First byte behind all slots; bytes of the table at the disk's end; bytes by which filesystems may shrink. */
uint64_t solver_end(const struct solver *solver);
uint64_t solver_tail(const struct solver *solver);
uint64_t solver_slack(const struct solver *solver);
/* Whether the table of the disk does not reach its end. */
bool solver_is_cut_short(const struct solver *solver);
/* Places everything on the target. -ENOSPC when it does not fit; the bytes the smallest such disk has in *RET_NEEDED. */
MUST_CHECK int solver_solve(struct solver *solver, uint64_t *ret_needed);

/* Gives the partitions that SOLVER has collected their places on its target. 0, or -ENOSPC with a sentence. */
MUST_CHECK int fit_slots(struct context *ctx, struct solver *solver);

/* Gives partitions, arrays, containers and volumes of RESULT the names that they will be brought up under: as they were seen, or others where PRESENT
 * has those. 0 or -errno with a sentence. */
MUST_CHECK int fit_names(struct context *ctx, const struct layout *present, struct layout *result);

/* Whether the blocks of CONTENT are smaller than SECTOR: made there, it could not be mounted; and the sentence that says so. */
bool content_has_small_blocks(const struct node *content, uint32_t sector);
char *content_small_blocks_text(const struct node *content, uint32_t sector);

#endif
