/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How mke2fs and tune2fs make the same ext filesystem again. */
#ifndef LIFEBOAT_FILESYSTEMS_MKFS_EXT_H
#define LIFEBOAT_FILESYSTEMS_MKFS_EXT_H

#include "mkfs.h"

/* For the row of mkfs.c: mke2fs, and then tune2fs for what it does not take. */
int ext_arguments(const struct mkfs_request *request, char ***argv);
int ext_tune(const struct mkfs_request *request, char ***argv);
uint64_t ext_written(const struct mkfs_request *request);

/* How many inodes an ext filesystem gets when it is made with NEW_SIZE bytes instead of OLD_SIZE; 0 when not known. */
uint64_t mkfs_inodes(const struct node *filesystem, uint64_t old_size, uint64_t new_size);

#endif
