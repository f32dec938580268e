/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Building blocks of the wanted layout: disks and partitions that the captured machine did not have there. Only wishes.c and its siblings use this
 * header. Between these steps nodes may lie on later ones: layout_sort() comes after the last.
 */
#ifndef LIFEBOAT_WANTED_SHAPE_H
#define LIFEBOAT_WANTED_SHAPE_H

#include "../core/macro.h"
#include "../layout/layout.h"

/* Replaces FROM in LIST (NULL: none) by TO. 0 or -ENOMEM. */
MUST_CHECK int shape_replace(char **list, const char *from, const char *to);
/* What lies on FROM lies on TO. 0 or -ENOMEM. */
MUST_CHECK int shape_move_contents(struct layout *layout, const char *from, const char *to);
/* Gives DISK, whose table it may be, room for COUNT more partitions: a table, an extended partition, or a GPT in place of an MBR that is full. What
 * lay on all of the disk lies on a partition then. 0 or -errno with a sentence. */
MUST_CHECK int shape_make_room(struct context *ctx, struct layout *layout, struct node *disk, size_t count);
/* Puts PARTITION, which lies on another disk or on none, behind all that DISK has, with the number that it had if that is free; the disk becomes
 * larger by that. shape_make_room() comes before. 0 or -errno with a sentence. */
MUST_CHECK int shape_place(struct context *ctx, struct layout *layout, struct node *disk, struct node *partition);
/* Bytes that a partition has for CONTENT, which lies on all of DISK. */
uint64_t shape_whole_size(const struct layout *layout, const struct node *disk, const struct node *content);
/* The same as shape_place() with a new partition ID of SIZE bytes, in *RET. KIND: as it has in a GPT. */
MUST_CHECK int shape_add_partition(struct context *ctx, struct layout *layout, struct node *disk, const char *id, uint64_t size, const char *kind,
				    struct node **ret);
/* DISK, which has a GPT, gets a BIOS boot partition. 0 or -errno with a sentence. */
MUST_CHECK int shape_add_boot_room(struct context *ctx, struct layout *layout, struct node *disk);
/* Takes PARTITION out of LAYOUT; what lay behind it moves up. */
void shape_remove_partition(struct layout *layout, struct node *partition);
/* A disk that the captured machine did not have and that NODE does not lie on: one that was added for something else, or a new one with a GPT, and
 * sectors as those of LIKE (NULL: of 512 bytes). NULL when out of memory. */
struct node *shape_further_disk(struct layout *layout, const struct node *node, const struct node *like);
/* As shape_add_partition(), with an id of its own, on such a disk. */
MUST_CHECK int shape_add_further(struct context *ctx, struct layout *layout, struct node *disk, uint64_t size, const char *kind, struct node **ret);

#endif
