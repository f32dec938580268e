/* SPDX-License-Identifier: GPL-3.0-or-later */
/* F2FS. Fields: struct f2fs_super_block of linux/f2fs_fs.h; features by the names of mkfs.f2fs(8). Little endian.
 */
#include <errno.h>
#include <stdlib.h>

#include "../core/byte_order.h"
#include "flag_names.h"
#include "superblocks.h"

#define SUPERBLOCK 1024
#define SUPERBLOCK_SIZE 3072
#define MAGIC 0xf2f52010
#define LOG_BLOCK 16
#define SEGMENTS_PER_SECTION 24
#define SECTIONS_PER_ZONE 28
#define BLOCK_COUNT 36
#define FEATURES 2180
/* Path of the first of several devices. */
#define DEVICES 2201
#define ENCODING 2758
#define ENCODING_FLAGS 2760
#define ENCODING_UTF8 1
#define ENCODING_STRICT 1

static const struct flag_name feature_names[] = {
	{ 0x1, "encrypt" }, { 0x8, "extra_attr" }, { 0x10, "project_quota" }, { 0x20, "inode_checksum" }, { 0x40, "flexible_inline_xattr" },
	{ 0x80, "quota" }, { 0x100, "inode_crtime" }, { 0x200, "lost_found" }, { 0x400, "verity" }, { 0x800, "sb_checksum" },
	{ 0x1000, "casefold" }, { 0x2000, "compression" },
};

static int set_features(const unsigned char *sb, struct node *node)
{
	AUTO_FREE char *list = NULL;
	uint64_t unknown = 0;
	int r = flags_to_list(le32(sb + FEATURES), feature_names, ARRAY_LENGTH(feature_names), &list, &unknown);

	/* Among them 0x2, zones of the device, and 0x4000, made read-only with its files. */
	if (!r && (unknown || (le16(sb + ENCODING) && le16(sb + ENCODING) != ENCODING_UTF8)))
		r = node_property_set(node, "unknown_features", "1");
	if (!r && list)
		r = node_property_set(node, "features", list + (*list == ','));
	if (!r && le16(sb + ENCODING) == ENCODING_UTF8)
		r = node_property_set(node, "encoding", "utf8");
	if (!r && le16(sb + ENCODING) && le16(sb + ENCODING_FLAGS) & ENCODING_STRICT)
		r = node_property_set(node, "encoding_flags", "strict");
	return r;
}

int superblock_f2fs(const struct extent *extent, struct node *node)
{
	unsigned char sb[SUPERBLOCK_SIZE];
	int r = extent_read(extent, SUPERBLOCK, sb, sizeof(sb));
	unsigned block;
	uint64_t blocks;

	if (r)
		return r;
	block = le32(sb + LOG_BLOCK);
	blocks = le64(sb + BLOCK_COUNT);
	if (le32(sb) != MAGIC || block < 12 || block > 16 || !blocks || blocks > (uint64_t)INT64_MAX >> block)
		return -EINVAL;
	node->size = blocks << block;
	r = set_features(sb, node);
	if (!r)
		r = node_number_set(node, "block_size", UINT64_C(1) << block);
	if (!r)
		r = node_number_set(node, "segments_per_section", le32(sb + SEGMENTS_PER_SECTION));
	if (!r)
		r = node_number_set(node, "sections_per_zone", le32(sb + SECTIONS_PER_ZONE));
	return r || !sb[DEVICES] ? r : node_property_set(node, "several_devices", "1");
}
