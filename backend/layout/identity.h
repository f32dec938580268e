/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The identity of a disk: the names that stay the same over starts, and when two disks claim to be the same one.
 */
#ifndef LIFEBOAT_LAYOUT_IDENTITY_H
#define LIFEBOAT_LAYOUT_IDENTITY_H

#include "layout.h"

/* True when NAME is one of the names of DISK that stay the same over starts: serial, WWN, by-path name, "model:serial", or the
 * last component of what udev makes of them in /dev/disk/by-id and /dev/disk/by-path (whole paths are taken too). */
bool disk_is_called(const struct node *disk, const char *name);
/* The name that lifeboat.target= should be given for DISK: one that no other disk of PRESENT has. New string, NULL when it has
 * none (or out of memory). */
char *disk_best_name(const struct layout *present, const struct node *disk);
/* True when both disks claim to be the same: the same WWN where both have one, else the same serial number and model. */
bool disk_claims_same(const struct disk_info *a, const struct disk_info *b);
/* The first other disk of LAYOUT that is another path to DISK, which nothing combines: it has the same WWN, which only one disk has, serial number,
 * model and size. NULL: none is. */
const struct node *disk_other_path(const struct layout *layout, const struct node *disk);
/* True when model and serial number (or WWN) say little, because many disks have the same: placeholders, counters of virtual
 * machines, the number of a USB enclosure, none at all. */
bool disk_identity_is_weak(const struct disk_info *disk);
/* True when NAME is a kernel name, which may belong to another disk after each start ("sda", "/dev/nvme0n1"). */
bool is_kernel_disk_name(const char *name);

#endif
