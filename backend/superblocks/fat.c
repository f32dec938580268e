/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FAT: "Microsoft Extensible Firmware Initiative FAT32 File System Specification" (2000), boot sector and FSInfo.
 * Little endian.
 */
#include <errno.h>
#include <string.h>

#include "../core/byte_order.h"
#include "../core/bytes.h"
#include "superblocks.h"

/* Numbers of a FAT boot sector. */
struct fat {
	uint32_t sector, cluster; /* bytes a sector, sectors a cluster */
	uint32_t reserved, fats, root_entries, hidden;
	uint64_t sectors, fat_sectors, clusters;
	unsigned bits;
};

static int read_geometry(const unsigned char *boot, struct fat *fat)
{
	uint64_t root_sectors, data;

	*fat = (struct fat){
		.sector = le16(boot + 11), .cluster = boot[13], .reserved = le16(boot + 14), .fats = boot[16],
		.root_entries = le16(boot + 17), .hidden = le32(boot + 28),
		.sectors = le16(boot + 19) ? le16(boot + 19) : le32(boot + 32),
		.fat_sectors = le16(boot + 22) ? le16(boot + 22) : le32(boot + 36),
	};
	if (!is_power_of_two(fat->sector) || fat->sector < 512 || fat->sector > 4096 || !is_power_of_two(fat->cluster) ||
	    !fat->reserved || !fat->fats || !fat->fat_sectors)
		return -EINVAL;
	root_sectors = (fat->root_entries * UINT64_C(32) + fat->sector - 1) / fat->sector;
	data = fat->reserved + fat->fats * fat->fat_sectors + root_sectors;
	if (data >= fat->sectors)
		return -EINVAL;
	fat->clusters = (fat->sectors - data) / fat->cluster;
	/* The number of clusters alone decides, with FAT32 told apart by its empty 16-bit field. */
	if (!le16(boot + 22))
		fat->bits = 32;
	else
		fat->bits = fat->clusters < 4085 ? 12 : 16;
	return 0;
}

/* Bytes in use by the count FAT32 keeps; 0 when it keeps none. */
static uint64_t used_bytes(const struct extent *extent, const unsigned char *boot, const struct fat *fat)
{
	unsigned char info[512];
	uint32_t free_clusters;

	if (fat->bits != 32 || extent_read(extent, (uint64_t)le16(boot + 48) * fat->sector, info, sizeof(info)) ||
	    le32(info) != 0x41615252 || le32(info + 484) != 0x61417272)
		return 0;
	free_clusters = le32(info + 488);
	if (free_clusters > fat->clusters)
		return 0;
	return (fat->clusters - free_clusters) * fat->cluster * fat->sector;
}

int superblock_fat(const struct extent *extent, struct node *node)
{
	unsigned char boot[512];
	struct fat fat;
	int r = extent_read(extent, 0, boot, sizeof(boot));

	if (r)
		return r;
	r = read_geometry(boot, &fat);
	if (r)
		return r;
	node->size = fat.sectors * fat.sector;
	node->used = used_bytes(extent, boot, &fat);
	r = node_number_set(node, "fat_bits", fat.bits);
	if (!r)
		r = node_number_set(node, "sector_size", fat.sector);
	if (!r)
		r = node_number_set(node, "cluster_sectors", fat.cluster);
	if (!r)
		r = node_number_set(node, "reserved_sectors", fat.reserved);
	if (!r)
		r = node_number_set(node, "fats", fat.fats);
	if (!r)
		r = node_number_set(node, "root_entries", fat.root_entries);
	return r ? r : node_number_set(node, "hidden_sectors", fat.hidden);
}
