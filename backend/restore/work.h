/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one extraction shares between its parts and its workers. Private to backend/restore/. */
#ifndef LIFEBOAT_RESTORE_WORK_H
#define LIFEBOAT_RESTORE_WORK_H

#include "../core/macro.h"
#include "../core/progress.h"
#include "../core/pathset.h"
#include "../set/agreement.h"
#include "../set/entry_source.h"
#include "extract.h"
#include "selection.h"
#include "splits.h"
#include "tree.h"

/* More failures than this are only counted: a full list is for reading. */
#define FAILED_LISTED 5000

struct feed;
struct segment_reader;
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
	uid_t uid;                     /* whom new files belong to without a chown */
	gid_t gid;
	bool *skip;                    /* by segment: wholly on the tree since an earlier run */
	void **directories;            /* by segment: directories' compressed data, kept for their metadata at the end */
	bool *complete;                /* by segment: unpacked to its end; filled by one worker each */
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

struct worker {
	struct extraction *work;
	struct context ctx;            /* a child: what is wrong with the set in this worker's hands */
	struct tree *tree;
	struct entry_source entries;   /* of the present segment */
	struct segment_reader *reader; /* what they come from; only work.c starts it */
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

/* Says once that something needs root's rights and is left out. */
void work_left_out(struct extraction *work);

/* Lets worker->entries give those of segment number SEGMENT, whose bytes DATA holds (taken). 0 or -errno with a sentence. */
MUST_CHECK int work_start(struct worker *worker, size_t segment, void *data);
/* Loads segment number SEGMENT and hands each entry to EACH in worker->entry, held against the index; COUNTED is false when the segment is
 * read a second time. 0, also when damage was salvaged; -errno. */
MUST_CHECK int work_segment(struct worker *worker, size_t segment, bool counted, int (*each)(struct worker *worker));
/* The same with a member that is loaded already: DATA is taken over. */
MUST_CHECK int work_segment_data(struct worker *worker, size_t segment, void *data, bool counted, int (*each)(struct worker *worker));
/* The same with one that could not be loaded: ERROR, its sentence in the worker's context. */
MUST_CHECK int work_segment_lost(struct worker *worker, size_t segment, int error, bool counted);

/* Marks in work->skip the segments that an earlier run finished (done.c): not those with pieces of large files or with the flags i
 * and a, because what comes at the end has to be known again; nor what lay below an emptied directory. 0 or -errno. */
MUST_CHECK int done_find(struct extraction *work);
/* Puts the worker's present entry of a FILES segment onto the tree (put.c). 0, also when it was listed as failed; -errno. */
MUST_CHECK int put_entry(struct worker *worker);
/* Takes away what PARENT_FD has under NAME so that something new can be made there; never a directory (-EISDIR). */
int put_remove(int parent_fd, const char *name);
/* What the worker's present entry made is not what was saved: it is taken away again. */
void put_withdraw(struct worker *worker);
/* A new file NAME for the path PATH, whatever was there; descriptor, or -errno said nowhere. */
MUST_CHECK int put_create(const struct tree_directory *parent, const char *name, mode_t mode);
/* Writes the data of the worker's present entry into FD, the entry's first byte to OFFSET; holes are skipped. 0; -errno of the
 * write with *RET_WRITE true; or of the set's reading. */
MUST_CHECK int put_data(struct worker *worker, int fd, uint64_t offset, bool *ret_write);
/* FD has got LENGTH bytes: lets the kernel begin to write them to the disk if they are many. */
void put_start_write(int fd, uint64_t length);
/* A piece of a file that lies in several segments (pieces.c). */
MUST_CHECK int put_piece(struct worker *worker, const char *name);
/* The worker's present entry, if it is a first piece, is taken over for the metadata of its file. */
void keep_first_piece(struct worker *worker);
/* The file PATH of which pieces were put is not what was saved: it is taken away at the end. */
void withdraw_pieces(struct worker *worker, const char *path);
/* Takes away the files of which not all pieces are there; once all were put and before additional names are made of them, which would keep
 * what is not whole. 0, also when it was listed; -errno. */
MUST_CHECK int drop_incomplete_pieces(struct worker *worker);
/* The metadata of those that are whole; after all names are made, as flags may forbid further ones. */
MUST_CHECK int finish_pieces(struct worker *worker);
/* Makes the directory of the worker's present entry (directories.c). */
MUST_CHECK int put_directory(struct worker *worker);
/* Gives every directory of the set its metadata, at the end. */
MUST_CHECK int finish_directories(struct worker *worker);
/* The file PATH gets FLAGS at the end, for the flags i and a forbid additional names (flags.c). From any thread. 0 or -ENOMEM with a sentence. */
MUST_CHECK int keep_flags(struct extraction *work, const char *path, uint32_t flags);
/* Sets them. */
MUST_CHECK int finish_flags(struct worker *worker);
void late_flags_done(struct late_flags *late);
/* Makes the additional name of the worker's present entry (links.c). */
MUST_CHECK int put_link(struct worker *worker);
/* What the index tells of entries in spoilt segments of KIND is put onto the tree by EACH: directories, additional names, and files without
 * data lack only their extended attributes then (salvage.c). 0 or -errno. */
MUST_CHECK int salvage_rows(struct worker *worker, enum segment_kind kind, int (*each)(struct worker *worker));
/* At the end: lists what could not be salvaged. 0 or -errno. */
MUST_CHECK int salvage_list(struct extraction *work);
/* PATH is an additional name of FIRST, which is not there: lists it where damage costs its content. 0; -ENOENT: that is not the reason. */
MUST_CHECK int salvage_name(struct extraction *work, const char *path, const char *first);
/* Makes the directories above the present entry, which the set cannot tell of any more. */
void salvage_parents(struct worker *worker, const char *path);

#endif
