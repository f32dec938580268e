/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Unpacks segments: each entry is held against the index, handed to who puts it onto the tree, and taken away again where it is not what was
 * saved.
 */
#ifndef LIFEBOAT_RESTORE_UNPACK_H
#define LIFEBOAT_RESTORE_UNPACK_H

#include "../core/macro.h"
#include "worker.h"

/* Lets worker->entries give those of segment number SEGMENT, whose bytes DATA holds (taken). 0 or -errno with a sentence. */
MUST_CHECK int unpack_start(struct worker *worker, size_t segment, void *data);
/* Loads segment number SEGMENT and hands each entry to EACH in worker->entry, held against the index; COUNTED is false when the segment is
 * read a second time. 0, also when damage was salvaged; -errno. */
MUST_CHECK int unpack_segment(struct worker *worker, size_t segment, bool counted, int (*each)(struct worker *worker));
/* The same with a member that is loaded already: DATA is taken over. */
MUST_CHECK int unpack_segment_data(struct worker *worker, size_t segment, void *data, bool counted, int (*each)(struct worker *worker));
/* The same with one that could not be loaded: ERROR, its sentence in the worker's context. */
MUST_CHECK int unpack_segment_lost(struct worker *worker, size_t segment, int error, bool counted);

#endif
