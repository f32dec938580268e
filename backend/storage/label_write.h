/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Labels that the program which makes the content cannot write as they were: FAT labels beyond plain letters and digits, swap labels of all 16
 * bytes.
 */
#ifndef LIFEBOAT_STORAGE_LABEL_WRITE_H
#define LIFEBOAT_STORAGE_LABEL_WRITE_H

#include "../core/context.h"

#define FAT_LABEL_LENGTH 11
#define SWAP_LABEL_LENGTH 16

/* True when mkfs.vfat writes LABEL as it is. */
bool fat_label_is_plain(const char *label);
/* Puts LABEL into the boot sectors and the root directory of the FAT that mkfs.vfat just made with a label on DEVICE (block device or
 * regular file). 0 or -errno with a sentence. */
int fat_label_write(struct context *ctx, const char *device, const char *label);
/* Puts LABEL into the header that mkswap just made on DEVICE. 0 or -errno with a sentence. */
int swap_label_write(struct context *ctx, const char *device, const char *label);

#endif
