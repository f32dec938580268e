/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that lie in several segments: who puts which piece when, and what becomes of files that do not become whole. splits.h keeps what is there of
 * each.
 */
#ifndef LIFEBOAT_RESTORE_PIECES_H
#define LIFEBOAT_RESTORE_PIECES_H

#include "../core/macro.h"
#include "worker.h"

/* A piece of a file that lies in several segments. */
MUST_CHECK int put_piece(struct worker *worker, const char *name);
/* The worker's present entry, if it is a first piece, is taken over for the metadata of its file. */
void keep_first_piece(struct worker *worker);
/* The file PATH of which pieces were put is not what was saved: it is taken away at the end. */
void withdraw_pieces(struct worker *worker, const char *path);
/* Where the pieces came before the index: files that are whole are held against it; damage of the set as work_damaged() takes it. 0 or -errno. */
MUST_CHECK int settle_pieces(struct worker *worker);
/* Nothing more comes: what is not whole is taken away, whatever else. */
void abandon_pieces(struct worker *worker);
/* Takes away the files of which not all pieces are there; once all were put and before additional names are made of them, which would keep
 * what is not whole. 0, also when it was listed; -errno. */
MUST_CHECK int drop_incomplete_pieces(struct worker *worker);
/* The metadata of those that are whole; after all names are made, as flags may forbid further ones. */
MUST_CHECK int finish_pieces(struct worker *worker);

#endif
