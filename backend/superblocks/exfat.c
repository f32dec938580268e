/* SPDX-License-Identifier: GPL-3.0-or-later */
/* exFAT. Fields: "exFAT file system specification" (Microsoft), 3.1, Main and Backup Boot Sector. Little endian.
 */
#include <errno.h>
#include <string.h>

#include "../core/byte_order.h"
#include "superblocks.h"

#define BOOT_SIZE 512
#define SECTOR_SHIFT_LEAST 9
#define SECTOR_SHIFT_MOST 12
/* A cluster has 32 MiB at most. */
#define CLUSTER_SHIFT_MOST 25
#define PERCENT_UNKNOWN 0xff

int superblock_exfat(const struct extent *extent, struct node *node)
{
	unsigned char boot[BOOT_SIZE];
	unsigned sector, cluster, percent;
	uint64_t sectors;
	int r = extent_read(extent, 0, boot, sizeof(boot));

	if (r)
		return r;
	sectors = le64(boot + 72);
	sector = boot[108];
	cluster = sector + boot[109];
	percent = boot[112];
	if (memcmp(boot + 3, "EXFAT   ", 8) || sector < SECTOR_SHIFT_LEAST || sector > SECTOR_SHIFT_MOST || cluster > CLUSTER_SHIFT_MOST ||
	    !sectors || sectors > (uint64_t)INT64_MAX >> sector)
		return -EINVAL;
	node->size = sectors << sector;
	/* Whole per cent, rounded down, and not kept by every driver: what a mount says is better. */
	if (percent != PERCENT_UNKNOWN && percent <= 100)
		node->used = node->size / 100 * (percent < 100 ? percent + 1 : percent);
	r = node_number_set(node, "sector_size", UINT64_C(1) << sector);
	return r ? r : node_number_set(node, "cluster_size", UINT64_C(1) << cluster);
}
