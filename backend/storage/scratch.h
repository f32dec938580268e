/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sparse files that stand for a target disk while an action is tried before anything is erased: of the same size, with
 * the programs, arguments and readers of the real run. They have a name only as long as they are open.
 */
#ifndef LIFEBOAT_STORAGE_SCRATCH_H
#define LIFEBOAT_STORAGE_SCRATCH_H

#include "../core/context.h"

struct scratch {
	int fd;
	char *path; /* for programs; owned */
};

/* Bytes that a table or a swap space writes. */
#define SCRATCH_LITTLE (1ULL << 20)

/* A new file of SIZE bytes, all hole, below TMPDIR, /tmp, /dev/shm, /run or /var/tmp: the first that takes such a
 * length and has room for the WRITTEN bytes of it. 0, or -errno with a sentence; then RET is as scratch_done() leaves it. */
int scratch_open(struct context *ctx, uint64_t size, uint64_t written, struct scratch *ret);
/* Removes the file. May be called twice. */
void scratch_done(struct scratch *scratch);
#define AUTO_SCRATCH CLEANUP(scratch_done)
#define SCRATCH_NONE ((struct scratch){ .fd = -1 })

#endif
