/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the system calls what it puts together at each start: arrays (/dev/md0, /dev/md/NAME), logical volumes (/dev/VG/LV, /dev/mapper/VG-LV),
 * opened containers (/dev/mapper/NAME), and udev's links to them below by-id (63-md-raid-arrays.rules, 13-dm-disk.rules). Pure text against a
 * node of the captured layout.
 */
#ifndef LIFEBOAT_FINISH_STACK_NAMES_H
#define LIFEBOAT_FINISH_STACK_NAMES_H

#include "../layout/layout.h"

enum stack_fit {
	STACK_OTHER,             /* the device is not NODE's */
	STACK_TRANSIENT,         /* it was NODE's, by a number that whoever came first got */
	STACK_LASTS,             /* it is NODE's at each start, as its own superblock or metadata says */
};

/* Whether DEVICE ("/dev/...") is a name of NODE. Out of memory STACK_OTHER. */
enum stack_fit stack_name_fits(const struct node *node, const char *device);
/* Whether DEVICE ("/dev/mapper/mpatha-part1"), or LINK below /dev/disk/by-id, is what device mapper called NODE: a disk of several paths, or the
 * partition NUMBER of one. */
bool stack_map_is_called(const struct node *node, const char *device);
bool stack_map_link_is_of(const struct node *disk, const struct node *node, uint32_t number, const char *link);
/* The same of partition NUMBER of ARRAY: "/dev/md0p1", "/dev/md/home1". */
enum stack_fit stack_partition_fits(const struct node *array, uint32_t number, const char *device);
/* All names of NODE that last, added to *NAMES: none for disks and partitions. 0 or -ENOMEM. */
MUST_CHECK int stack_names(const struct node *node, char ***names);
/* Whether LINK, a name below /dev/disk/by-id, is one of NODE. Out of memory false. */
bool stack_link_is_of(const struct layout *layout, const struct node *node, const char *link);

#endif
