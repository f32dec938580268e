/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How udev names disks and what they hold (60-persistent-storage.rules): by-id and by-path links, "-partN", \xNN for
 * what is no plain character; and how the kernel numbers partitions. Pure text against a disk's identity.
 */
#ifndef LIFEBOAT_FINISH_DISK_NAMES_H
#define LIFEBOAT_FINISH_DISK_NAMES_H

#include "../layout/layout.h"

/* A link's name as udev writes it, and back. New strings; NULL when out of memory. */
char *disk_name_encode(const char *name);
char *disk_name_decode(const char *name);

/* True when LINK, without "-partN", is a name of DISK below DIRECTORY ("by-id" or "by-path"). */
bool disk_name_is_of(const struct node *disk, const char *directory, const char *link);
/* Splits "-partN" off LINK: the rest as a new string, N in *RET_NUMBER (0: the whole disk). NULL when out of memory. */
char *disk_name_split(const char *link, uint32_t *ret_number);

/* The kernel's device node of partition NUMBER of DISK, or of the disk itself for 0: "/dev/sda1", "/dev/nvme0n1p1".
 * New string; NULL when the disk has no name. */
char *disk_name_device(const struct node *disk, uint32_t number);

#endif
