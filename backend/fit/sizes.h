/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How nodes take and give room, over the whole graph: a table with a row for each type. What a node can shrink to follows from what lies on it and
 * from what it keeps for itself; what it becomes, from what it lies on.
 */
#ifndef LIFEBOAT_FIT_SIZES_H
#define LIFEBOAT_FIT_SIZES_H

#include "../core/macro.h"
#include "../layout/layout.h"

/* What lies on HOLDER (a disk, partition or other block node) and is no partition; NULL: nothing known. */
struct node *sizes_content(const struct layout *layout, const struct node *holder);
/* The least bytes that NODE may have, of each node it lies on, in place of SIZE; sectors there have SECTOR bytes. SIZE itself for what cannot
 * become smaller, or is not known well enough. */
uint64_t sizes_minimum(const struct layout *layout, const struct node *node, uint64_t size, uint32_t sector);
/* The least bytes that SIZED, a partition or volume, may be given by somebody who chooses its size: what is on it must go on. */
uint64_t sizes_least_chosen(const struct layout *layout, const struct node *sized);
/* The least bytes that an EFI system partition which is planned in may have, on sectors of SECTOR bytes: what FAT32 needs, which is more than the
 * loaders do. */
uint64_t sizes_least_esp(uint32_t sector);
/* Whether NODE makes use of more bytes than it has. */
bool sizes_can_grow(const struct layout *layout, const struct node *node);
/* The same, and it is given its part of what is there more: what /boot or the firmware's files lie on is not. */
bool sizes_takes_growth(const struct layout *layout, const struct node *node);
/* How many times the bytes of one member an array stores: 0 when its members need not be alike, or it is not known. */
uint64_t sizes_data_members(const struct node *array);
/* Gives the partitions of ARRAY, of RESULT, their places in its new size. As sizes_carry(). */
typedef int sizes_lay_function(struct context *ctx, const struct layout *captured, struct layout *result, struct node *array);
/* RESULT is a copy of CAPTURED in which disks and partitions have their new sizes already: gives everything on them the size that follows, by LAY
 * the partitions of arrays. 0; -EINVAL for sizes that contradict each other, -ENOSPC with a sentence where contents do not fit, -ENOMEM. */
MUST_CHECK int sizes_carry(struct context *ctx, const struct layout *captured, struct layout *result, sizes_lay_function *lay);
/* The same of what lies on DISK, of RESULT, alone, as far as a group on several disks must know: the next disk is solved after that. What was carried
 * is carried again by sizes_carry(), to the same sizes. */
MUST_CHECK int sizes_carry_disk(struct context *ctx, const struct layout *captured, struct layout *result, const struct node *disk);

#endif
