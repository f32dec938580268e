/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How people know a disk that is present: what lies on it, the full line that tells it from every other, and the word an operator
 * types to confirm its erasure. Every question and event that names a disk takes these from here.
 */
#ifndef LIFEBOAT_MACHINE_DISK_WORDS_H
#define LIFEBOAT_MACHINE_DISK_WORDS_H

#include "../layout/layout.h"

/* What lies on DISK, one text for each thing people would know it by, its name first: "ext4 'srv' 20.0 GiB", "swap 1.0 GiB",
 * "Windows (NTFS) 'C' 80.0 GiB". New reference to an array of texts; empty for a blank disk. */
json_t *hardware_disk_contents(const struct layout *present, const struct node *disk);

/* The full line of DISK: model, serial number, WWN, size, bus and place, contents. New string, made harmless; NULL when out of memory. */
char *hardware_disk_line(const struct layout *present, const struct node *disk);

/* DISK as the events and questions carry it: {"id","name","text","line","model","serial","wwn","by_path","transport","size","contents",
 * "proof"}. "proof": {"kind": "serial"|"wwn"|"path"|"name", "text", "tail"}: what shows that a person means this disk and no other
 * one that is present. The first kind of these that no other present disk shares; the last TAIL characters of a serial number
 * or WWN are its alone, a path or name is meant whole. New reference. */
json_t *hardware_disk(const struct layout *present, const struct node *disk);

#endif
