/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One worker of an extraction: what it has in hands, and what it has done. */
#ifndef LIFEBOAT_RESTORE_WORKER_H
#define LIFEBOAT_RESTORE_WORKER_H

#include "../core/macro.h"
#include "../set/entry_source.h"
#include "work.h"

struct segment_reader;

struct worker {
	struct extraction *work;
	struct context ctx;            /* a child: what is wrong with the set in this worker's hands */
	struct tree *tree;
	struct entry_source entries;   /* of the present segment */
	struct segment_reader *reader; /* what they come from; only unpack.c starts it */
	struct agreement_check *check; /* of the present entry; NULL: not held against the index */
	struct pax_entry entry;        /* the present one */
	bool shown;                    /* the check gets its data */
	size_t segment;                /* where it comes from: place in the manifest's table */
	bool exact_mode;               /* this thread's umask is 0: modes are as given at creation */
	uint64_t bytes, files;         /* done, not yet told to progress */
};

/* 0 or -errno with a sentence; WORKER is released by worker_done() in any case. */
MUST_CHECK int worker_init(struct worker *worker, struct extraction *work);
void worker_done(struct worker *worker);
/* Tells progress what was done; when FORCE is false, only once it is worth it. */
void worker_report(struct worker *worker, bool force);

#endif
