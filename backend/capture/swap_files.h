/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Swap space in files, in use now: what is in them means nothing after a restart. */
#ifndef LIFEBOAT_CAPTURE_SWAP_FILES_H
#define LIFEBOAT_CAPTURE_SWAP_FILES_H

#include <sys/stat.h>

#include "../storage/volumes.h"

struct swap_files;

/* Reads /proc/swaps below the context's prefix; none when it is not there. Files that lie in a volume are looked at there, others only where
 * an answer is certain. 0 or -ENOMEM. */
int swap_files_read(struct context *ctx, const struct mount_tree *tree, const struct volumes *volumes, struct swap_files **ret);
void swap_files_free(struct swap_files *files);
bool swap_files_contain(const struct swap_files *files, const struct stat *st);

#endif
