/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sizes solved over the graph: the captured layout laid onto the target disks. Partitions keep their places; on a disk
 * of another size the filesystems that can grow share what is there more, by their sizes; on a smaller one they shrink, the last
 * first, as far as their data leave room. What lies behind moves along. Pure computation: touches no device.
 */
#ifndef LIFEBOAT_FIT_FIT_H
#define LIFEBOAT_FIT_FIT_H

#include "../core/macro.h"
#include "../layout/layout.h"
#include "map.h"

/* A new layout: the nodes of WANTED (wishes_apply()) that lie on mapped disks, with the targets' identities, sector sizes and device
 * names, and starts and sizes in bytes that suit them. Identities of contents stay as captured. 0; -EINVAL for a layout
 * that contradicts itself or the target's sectors, -ENOSPC with what is needed and what is there, -ENOMEM. */
MUST_CHECK int fit_layout(struct context *ctx, const struct layout *wanted, const struct layout *present,
	       const struct disk_map *map, struct layout **ret);

/* What a disk would mean for what was captured. Zeroed: nothing becomes smaller. */
struct fit_outlook {
	uint64_t needed;         /* bytes the smallest such disk has */
	bool too_small;
	char *obstacle;          /* what cannot be made there, one sentence; or NULL */
	char *shrinks;           /* which filesystems become smaller, for people; NULL when none does */
	bool doubtful;           /* not certain that all files fit into what becomes smaller */
};

/* Looks how the captured disk SOURCE would come out on one of SIZE bytes in sectors of LOGICAL_SECTOR. 0 or -ENOMEM. */
MUST_CHECK int fit_look(const struct layout *captured, const struct node *source, uint64_t size, uint32_t logical_sector,
	     struct fit_outlook *ret);
void fit_outlook_done(struct fit_outlook *outlook);
/* "ext4 'root', 20 GiB becomes smaller: 8 GiB, of which 3 GiB are in use". New string; NULL when out of memory. */
char *fit_shrink_text(const struct node *before, uint64_t size);

/* The smallest disk, in bytes, that fit_layout() would lay the captured disk SOURCE onto, with LOGICAL_SECTOR bytes a
 * sector (0: as captured). 0 when SOURCE is no disk of the layout. LAYOUT must have passed layout_from_json(). */
uint64_t fit_minimum(const struct layout *captured, const struct node *source, uint32_t logical_sector);

/* Gives PARTITION of DISK, nodes of LAYOUT, SIZE bytes: what lies behind it moves, and the disk becomes larger or smaller by that. Contents keep
 * their sizes. 0 or -ENOMEM. */
MUST_CHECK int fit_resize(struct layout *layout, struct node *disk, const struct node *partition, uint64_t size);
/* Gives the partitions of ARRAY, of RESULT, their places, once its own size is known: it is to them what a disk is. Nothing for one that is not
 * made. 0 or -errno with a sentence. */
MUST_CHECK int fit_array(struct context *ctx, const struct layout *wanted, struct layout *result, struct node *array);
/* True for kinds that can be made larger or smaller than they were captured: ext2, ext3, ext4, xfs, btrfs. */
bool fit_is_growable(const char *kind);

#endif
