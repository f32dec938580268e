/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Brings what the workers wrote to the disks while they still unpack: the disk works beside the processors, and the sync at the end finds
 * little left. An error of a disk stops the work early, too.
 */
#ifndef LIFEBOAT_RESTORE_WRITE_BEHIND_H
#define LIFEBOAT_RESTORE_WRITE_BEHIND_H

#include <stdint.h>

#include "../core/macro.h"

struct extraction;
struct write_behind;

/* Starts the thread. NULL when that fails: then all is left to the end. */
struct write_behind *write_behind_start(struct extraction *work);
/* BYTES more were written. Any thread; NULL is ignored, here and below. */
void write_behind_add(struct write_behind *behind, uint64_t bytes);
/* Ends the thread, after the sync that it may be in: of so little that it takes seconds on the slowest disk. */
void write_behind_stop(struct write_behind *behind);
/* Brings all that was written to the disks. 0 or -errno with a sentence. */
MUST_CHECK int write_behind_finish(struct extraction *work);

#endif
