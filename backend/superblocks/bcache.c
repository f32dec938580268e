/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Backing devices and caches of bcache. Fields: struct cache_sb_disk of the kernel's drivers/md/bcache/bcache_ondisk.h, little endian. */
#include <errno.h>
#include <string.h>
#include <uuid/uuid.h>

#include "../core/byte_order.h"
#include "superblocks.h"

#define SUPERBLOCK 4096              /* where it lies, in bytes */
#define LENGTH 256                   /* bytes of it that are looked at */
#define SECTOR 512ull
#define VERSION_LAST 6

static const unsigned char magic[16] = { 0xc6, 0x85, 0x73, 0xf6, 0x4e, 0x1a, 0x45, 0xca, 0x82, 0x65, 0xf5, 0x7f, 0x48, 0xba, 0x6d, 0x81 };

static bool is_backing(uint64_t version)
{
	return version == 1 || version == 4 || version == 6;
}

int superblock_bcache(const struct extent *extent, struct node *node)
{
	unsigned char sb[LENGTH];
	char set[UUID_STR_LEN];
	uint64_t version;
	int r = extent_read(extent, SUPERBLOCK, sb, sizeof(sb));

	if (r)
		return r;
	version = le64(sb + 16);
	if (memcmp(sb + 24, magic, sizeof(magic)) || version > VERSION_LAST)
		return -EINVAL;
	uuid_unparse_lower(sb + 56, set);
	r = node_property_set(node, "role", is_backing(version) ? "backing" : "cache");
	if (!r)
		r = node_number_set(node, "version", version);
	if (!r)
		r = node_property_set(node, "set_uuid", set);
	if (!r)
		r = node_number_set(node, "block_size", le16(sb + 192) * SECTOR);
	if (r)
		return r;
	if (is_backing(version))
		return version == 1 || le64(sb + 184) > INT64_MAX / SECTOR ? 0 : node_number_set(node, "data_offset", le64(sb + 184) * SECTOR);
	r = node_number_set(node, "bucket_size", le16(sb + 194) * SECTOR);
	return r ? r : node_number_set(node, "buckets", le64(sb + 184) & INT64_MAX);
}
