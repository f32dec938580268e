/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Partitions in a stretch of a device that the kernel does not show: of an array that is not assembled. */
#ifndef LIFEBOAT_STORAGE_TABLE_ENTRY_H
#define LIFEBOAT_STORAGE_TABLE_ENTRY_H

#include "../core/macro.h"
#include "../layout/layout.h"

/* Where the partition lies that is PARTITION in the table that the SIZE bytes of FD from OFFSET on have, by its UUID or, without one, by its number:
 * bytes from OFFSET on. SECTOR: bytes of a logical sector. 0, -ENOENT when there is none, -EIO, -ENOMEM. */
MUST_CHECK int table_entry_find(int fd, uint64_t offset, uint64_t size, uint32_t sector, const struct node *partition, uint64_t *ret_start,
				uint64_t *ret_size);

#endif
