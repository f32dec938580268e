/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of the agreement share: entries, and pieces of large files. Only for agreement*.c. */
#ifndef LIFEBOAT_SET_AGREEMENT_PARTS_H
#define LIFEBOAT_SET_AGREEMENT_PARTS_H

#include "agreement.h"
#include "agreement_table.h"
#include "content.h"

/* A file in pieces while they come in. */
struct piece_state {
	struct content_digest *digest; /* NULL where contents are not looked at */
	uint64_t at;             /* with content: where the next piece starts */
	uint64_t size, data;     /* of the pieces so far */
	uint32_t pieces;         /* how many */
	bool lost;               /* one of them is not as the index says */
	bool has_first;
	struct index_row row;    /* what the first piece said */
	bool has_said;           /* what follows is known, of the piece that came first */
	uint64_t said;           /* hash of the metadata */
	uint64_t number;         /* of its directory in PAX_PIECES */
};

struct agreement_late;

struct agreement {
	struct agreement_table table;
	const struct manifest *manifest; /* NULL: it has not come */
	struct agreement_late *late; /* until the index is there; NULL */
	atomic_uint *met;        /* entries of each segment that are rows of the index, and helpers */
	pthread_mutex_t lock;    /* guards what follows, and the states of pieces */
	pthread_cond_t moved;
	bool *over;              /* by segment */
	size_t all_over;         /* segments below it are all over */
	bool stopped;
	size_t open, open_blocks; /* files in pieces that are begun and not ended */
	struct pathset numbers;  /* of the files in pieces that were met */
};

struct agreement_check {
	struct context *ctx;
	struct agreement *agreement;
	struct content_digest *digest;
	struct buffer text;      /* scratch */
	/* The present entry. */
	const struct pax_entry *entry;
	size_t number;           /* of its segment */
	size_t place;            /* of its row; SIZE_MAX: it is none */
	struct agreement_file *file; /* it lies in pieces; NULL */
	struct agreement_file *needs_helper; /* the first piece of this file came just before; NULL */
	struct content_digest *into; /* gets its data; NULL */
	size_t extent;           /* where they go: this extent */
	uint64_t within, read;   /* so far in it; bytes so far */
};

/* agreement_entry.c: the path of the present entry's file. */
const char *agreement_path(const struct agreement_check *check);
/* -EBADMSG with the sentence that the present entry is, or does, WHAT; its file is lost. */
int agreement_bad(struct agreement_check *check, const char *what);
/* The row that the entry would have; xattr digests are the caller's to free, also on failure. Borrows all strings. 0 or -ENOMEM. */
int agreement_row_of_entry(const struct pax_entry *entry, struct index_row *row);
/* Does the index say what ROW says, of the COUNT segments from FIRST? Then the row is good. 0 or -errno with a sentence. */
int agreement_compare(struct agreement_check *check, const struct index_row *row, uint32_t first, uint32_t count);

/* agreement_late.c: as agreement_begin() and agreement_end(), while the index is not there. */
int agreement_late_begin(struct agreement_check *check);
int agreement_late_end(struct agreement_check *check);
struct agreement_late *agreement_late_new(void);
void agreement_late_free(struct agreement_late *late);

/* agreement_pieces.c: the present entry, whose file CHECK->file lies in pieces, is one of them. As agreement_begin() and agreement_end(). */
int agreement_begin_piece(struct agreement_check *check);
int agreement_end_piece(struct agreement_check *check);
/* A hash of the metadata that the present entry, a piece, repeats. 0 or -ENOMEM. */
int agreement_piece_hash(struct agreement_check *check, uint64_t *ret);
/* The helper for the recipe by hand: right behind a first piece, and a hard link to it. */
int agreement_helper(struct agreement_check *check);
void agreement_free_pieces(struct agreement *agreement);

#endif
