/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one extraction shares between its parts and its workers, and how it takes what fails. Private to backend/restore/. */
#ifndef LIFEBOAT_RESTORE_WORK_H
#define LIFEBOAT_RESTORE_WORK_H

#include "../core/macro.h"
#include "../core/progress.h"
#include "../core/pathset.h"
#include "../set/agreement.h"
#include "extract.h"
#include "selection.h"
#include "splits.h"
#include "tree.h"

/* More failures than this are only counted: a full list is for reading. */
#define FAILED_LISTED 5000

struct feed;
struct write_behind;

struct late_flags {
	struct late_flag {
		char *path;            /* on the target */
		uint32_t flags;
	} *list;
	size_t count, capacity;
};

struct extraction {
	struct context *ctx;
	struct set *set;
	const struct manifest *manifest;
	const struct extract_options *options;
	struct selection *selection;   /* NULL: the whole set */
	struct filesystems filesystems;
	struct splits splits;
	struct agreement *agreement;   /* NULL: the index is damaged, and what can be is salvaged */
	struct feed *feed;             /* NULL: not started yet */
	struct write_behind *behind;   /* NULL: nothing is brought to the disks before the end */
	int root_fd;
	uint64_t memory;               /* bytes it may take in all */
	unsigned workers;
	uid_t uid;                     /* whom new files belong to without a chown */
	gid_t gid;
	bool arriving;                 /* segments come before what tells of them: AGREEMENT only remembers, and there is no SELECTION */
	bool arrived;                  /* so it was, and those of files are done */
	bool *skip;                    /* by segment: wholly on the tree since an earlier run */
	void **directories;            /* by segment: directories' compressed data, kept for their metadata at the end */
	bool *complete;                /* by segment: unpacked to its end; filled by one worker each */
	uint32_t numbers_end;          /* of a stream as captured: behind the highest number of a segment of files that came */
	bool *spoilt;                  /* by segment: something in it is damaged, and what else the set tells of it is salvaged */
	atomic_bool stopped;           /* an error or a cancel: everyone stops */

	pthread_mutex_t lock;          /* guards what follows */
	struct extract_result *result;
	struct late_flags late;        /* files that become immutable or append-only at the end */
	size_t failures;
	struct pathset failed;         /* paths on the target that work_failed() listed */
	const struct segment *damaged; /* the segment with whose damage the work stopped; NULL */
	int error;                     /* first error of a worker */
	bool left_out_said;
	bool reused;                   /* directories were there before */
	struct path_key key;
	struct pathset kept_parents;   /* those of them that are only on the way to the selection */
};

/* Something about the entry PATH could not be done: lists it for the result and returns 0, so that the others are still
 * restored; but when ERROR (positive errno) means that no other would fare better - no space, input/output error, read-only - it
 * returns -ERROR with a sentence. FD tells the filesystem. */
MUST_CHECK int work_failed(struct extraction *work, const char *path, int error, int fd, const char *format, ...) PRINTF_LIKE(5, 6);
/* How many there were so far. Any thread. */
size_t work_failures(struct extraction *work);
/* Keeps the first error and stops all workers. Returns ERROR. */
int work_stop(struct extraction *work, int error, const struct segment *segment);
/* ERROR came up in SEGMENT (place in the manifest's table); CTX, a child of work->ctx, has the sentence unless work->ctx has. Damage that is
 * salvaged is listed: 0. All else stops the work: ERROR. */
MUST_CHECK int work_damaged(struct extraction *work, struct context *ctx, int error, size_t segment);

/* Damage of the set that is salvaged, WHY, for the result and as a warning; more than FAILED_LISTED are only counted. */
void work_list_damage(struct extraction *work, const char *why);
/* Says once that something needs root's rights and is left out. */
void work_left_out(struct extraction *work);

#endif
