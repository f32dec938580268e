/* SPDX-License-Identifier: GPL-3.0-or-later */
/* XFS, versions 4 and 5. Fields and bits: "XFS Algorithms & Data Structures", chapter Superblocks (struct xfs_dsb, big endian).
 */
#include <errno.h>
#include <string.h>

#include "../core/byte_order.h"
#include "../core/bytes.h"
#include "superblocks.h"

#define SUPERBLOCK_SIZE 512

/* A bit of the superblock and the property it is to mkfs.xfs, as "0" or "1". */
struct bit {
	const char *key;
	size_t offset;           /* of a 32-bit word */
	uint32_t bit;
};

/* Version 5: ro_compat at 212, incompat at 216. */
static const struct bit version_5[] = {
	{ "finobt", 212, 0x1 },
	{ "rmapbt", 212, 0x2 },
	{ "reflink", 212, 0x4 },
	{ "inobtcount", 212, 0x8 },
	{ "ftype", 216, 0x1 },
	{ "sparse", 216, 0x2 },
	{ "bigtime", 216, 0x8 },
	{ "nrext64", 216, 0x20 },
	{ "exchange", 216, 0x40 },
	{ "parent", 216, 0x80 },
	{ "metadir", 216, 0x100 },
};

/* features2 at 200, for both versions. */
static const struct bit features_2[] = {
	{ "lazy_count", 200, 0x2 },
	{ "projid32bit", 200, 0x80 },
};

static int set_bits(const unsigned char *sb, struct node *node, const struct bit *bits, size_t count)
{
	int r = 0;

	for (size_t i = 0; !r && i < count; i++)
		r = node_property_set(node, bits[i].key, be32(sb + bits[i].offset) & bits[i].bit ? "1" : "0");
	return r;
}

static int set_features(const unsigned char *sb, struct node *node)
{
	bool crc = (be16(sb + 100) & 0xf) == 5;
	uint32_t unknown = (be32(sb + 212) & ~0xfu) | (be32(sb + 216) & ~0x1ffu);
	int r = node_property_set(node, "crc", crc ? "1" : "0");

	if (!r)
		r = set_bits(sb, node, features_2, ARRAY_LENGTH(features_2));
	if (!r && crc)
		r = set_bits(sb, node, version_5, ARRAY_LENGTH(version_5));
	if (!r && !crc)
		r = node_property_set(node, "ftype", be32(sb + 200) & 0x200 ? "1" : "0");
	/* Bit 14 of the version: names are compared without case. */
	if (!r)
		r = node_property_set(node, "naming", be16(sb + 100) & 0x4000 ? "ci" : "2");
	if (!r && crc && unknown)
		r = node_property_set(node, "unknown_features", "1");
	return r;
}

static int set_geometry(const unsigned char *sb, struct node *node, uint32_t block)
{
	int r = node_number_set(node, "block_size", block);

	if (!r)
		r = node_number_set(node, "sector_size", be16(sb + 102));
	if (!r)
		r = node_number_set(node, "inode_size", be16(sb + 104));
	if (!r && sb[192] < 8)
		r = node_number_set(node, "directory_block_size", (uint64_t)block << sb[192]);
	if (!r)
		r = node_number_set(node, "max_inode_percent", sb[127]);
	if (!r)
		r = node_number_set(node, "log_size", (uint64_t)be32(sb + 96) * block);
	/* Of one that was made larger there are more than mkfs would make; of the last one the end may be missing. */
	if (!r && be32(sb + 88) > 1)
		r = node_number_set(node, "group_size", (uint64_t)be32(sb + 84) * block);
	if (!r && !be64(sb + 48))
		r = node_property_set(node, "external_log", "1");
	if (!r && be64(sb + 16))
		r = node_property_set(node, "realtime", "1");
	if (!r && be32(sb + 184))
		r = node_number_set(node, "stripe_unit", (uint64_t)be32(sb + 184) * block);
	if (!r && be32(sb + 188))
		r = node_number_set(node, "stripe_width", (uint64_t)be32(sb + 188) * block);
	/* 1: none, in a log of version 2. */
	if (!r && be32(sb + 196) > 1)
		r = node_number_set(node, "log_stripe_unit", be32(sb + 196));
	return r;
}

int superblock_xfs(const struct extent *extent, struct node *node)
{
	unsigned char sb[SUPERBLOCK_SIZE];
	uint64_t blocks, free_blocks;
	uint32_t block;
	int r = extent_read(extent, 0, sb, sizeof(sb));

	if (r)
		return r;
	block = be32(sb + 4);
	blocks = be64(sb + 8);
	free_blocks = be64(sb + 144);
	if (memcmp(sb, "XFSB", 4) || !is_power_of_two(block) || block < 512 || block > 65536 || !blocks ||
	    blocks > INT64_MAX / block)
		return -EINVAL;
	node->size = blocks * block;
	/* The counters lag behind while it is mounted; they may even be beyond the size. */
	node->used = free_blocks <= blocks ? (blocks - free_blocks) * block : 0;
	r = set_geometry(sb, node, block);
	return r ? r : set_features(sb, node);
}
