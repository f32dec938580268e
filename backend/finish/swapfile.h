/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Swap files that etc/fstab names: the kernel takes none with holes (and on btrfs none that is copied on write), so
 * that a file restored sparse is filled again. Its header, and with it its UUID, is kept; without one mkswap makes it
 * new. The header is that of the kernel's include/linux/swap.h, union swap_header.
 */
#ifndef LIFEBOAT_FINISH_SWAPFILE_H
#define LIFEBOAT_FINISH_SWAPFILE_H

#include "../core/macro.h"
#include "job.h"

/* The whole step; the tree is entered. A swap file that cannot be made usable is a reason, but the system starts
 * without. */
MUST_CHECK int swapfile_finish(struct context *ctx, struct finish_job *job);
/* Makes the open file FD free of holes. 1 when it was changed, 0 when there was nothing to do, -errno (-EOPNOTSUPP:
 * it has to be rebuilt). */
MUST_CHECK int swapfile_fill(int fd);
/* True when FD begins with a swap header of the page size PAGE. */
bool swapfile_has_header(int fd, size_t page);

#endif
