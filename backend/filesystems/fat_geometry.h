/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which FAT a size can have. How many clusters there are decides whether a reader takes it as FAT12, FAT16 or FAT32
 * (Microsoft, FAT32 File System Specification 1.03, "FAT Type Determination"), whatever the boot sector claims.
 */
#ifndef LIFEBOAT_FILESYSTEMS_FAT_GEOMETRY_H
#define LIFEBOAT_FILESYSTEMS_FAT_GEOMETRY_H

#include <stdint.h>

struct fat_geometry {
	uint64_t bits;    /* 12, 16 or 32 */
	uint64_t sector;  /* bytes */
	uint64_t cluster; /* sectors */
};

/* Changes GEOMETRY, as captured but for its sector, as little as it must be for a filesystem of SIZE bytes with FATS
 * tables: the size of a cluster first, then the kind of FAT. What no FAT can be stays as it is. */
void fat_geometry_fit(struct fat_geometry *geometry, uint64_t size, uint64_t fats);

#endif
