/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The partitions of a rescue stick (stick.h): their places, their table, and how a stick is known by it.
 */
#ifndef LIFEBOAT_STICK_STICK_TABLE_H
#define LIFEBOAT_STICK_STICK_TABLE_H

#include "stick_disk.h"

enum { STICK_BIOS, STICK_BOOT, STICK_SETS, STICK_PARTS };

/* Bytes from the start of the disk. */
struct stick_part {
	uint64_t start, size;
};

struct stick_table {
	struct stick_part parts[STICK_PARTS];
};

/* Where partitions of a new stick lie whose boot partition has at least BOOT bytes. 0, or -ENOSPC with a sentence: the disk is too small. */
MUST_CHECK int stick_table_plan(struct context *ctx, const struct stick_disk *disk, uint64_t boot, struct stick_table *ret);
/* Erases the disk and writes the table, which is then read back and shown by the kernel. 0 or -errno with a sentence. */
MUST_CHECK int stick_table_write(struct context *ctx, struct stick_disk *disk, const struct stick_table *table);
/* 1: the disk is a rescue stick; 0: it is none; -errno with a sentence. */
MUST_CHECK int stick_table_read(struct context *ctx, const struct stick_disk *disk, struct stick_table *ret);

#endif
