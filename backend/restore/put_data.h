/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes a file and writes the data of an entry into it. */
#ifndef LIFEBOAT_RESTORE_PUT_DATA_H
#define LIFEBOAT_RESTORE_PUT_DATA_H

#include "../core/macro.h"
#include "tree.h"
#include "worker.h"

/* Takes away what PARENT_FD has under NAME so that something new can be made there; never a directory (-EISDIR). */
int put_remove(int parent_fd, const char *name);
/* A new file NAME for the path PATH, whatever was there; descriptor, or -errno said nowhere. */
MUST_CHECK int put_create(const struct tree_directory *parent, const char *name, mode_t mode);
/* Writes the data of the worker's present entry into FD, the entry's first byte to OFFSET; holes are skipped. 0; -errno of the
 * write with *RET_WRITE true; or of the set's reading. */
MUST_CHECK int put_data(struct worker *worker, int fd, uint64_t offset, bool *ret_write);
/* FD has got LENGTH bytes: lets the kernel begin to write them to the disk if they are many. */
void put_start_write(int fd, uint64_t length);

#endif
