/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Filesystems of flash memory, exFAT and F2FS: the arguments of their programs. */
#ifndef LIFEBOAT_FILESYSTEMS_MKFS_FLASH_H
#define LIFEBOAT_FILESYSTEMS_MKFS_FLASH_H

#include "mkfs.h"

/* As arguments, tune and written of struct mkfs_kind. */
int exfat_arguments(const struct mkfs_request *request, char ***argv);
int exfat_tune(const struct mkfs_request *request, char ***argv);
uint64_t exfat_written(const struct mkfs_request *request);
int f2fs_arguments(const struct mkfs_request *request, char ***argv);
uint64_t f2fs_written(const struct mkfs_request *request);

#endif
