/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The partition table of one disk or array of a plan, written by libfdisk and read by libblkid: the same two functions for the
 * target disk and for the sparse file on which the table is tried first.
 */
#ifndef LIFEBOAT_STORAGE_TABLE_LABEL_H
#define LIFEBOAT_STORAGE_TABLE_LABEL_H

#include "target.h"

/* Makes label, identifiers and all partitions of DISK (of target->result) in memory, then writes them to FD in one go: a
 * block device, or a regular file of the disk's size. 0 or -errno with a sentence; on failure nothing may be written. */
int table_label_write(struct context *ctx, const struct target *target, const struct node *disk, int fd);
/* Whether what the MBR of DISK says beside protecting its GPT is written too: entries of a hybrid MBR only where every partition lies
 * where it lay. False when it says nothing. */
bool table_label_keeps_mbr(const struct target *target, const struct node *disk);
/* Whether FD carries exactly that table: 1, 0, or -errno with a sentence. */
int table_label_is_there(struct context *ctx, const struct target *target, const struct node *disk, int fd);

#endif
