/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ext2, ext3 and ext4. Fields and bits: Documentation/filesystems/ext4/super.rst of the kernel; names of features as
 * mke2fs -O takes them (ext4(5)).
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "../core/byte_order.h"
#include "flag_names.h"
#include "superblocks.h"

#define SUPERBLOCK_OFFSET 1024
#define SUPERBLOCK_SIZE 1024

static const struct flag_name compat[] = {
	{ 0x1, "dir_prealloc" }, { 0x4, "has_journal" }, { 0x8, "ext_attr" }, { 0x10, "resize_inode" }, { 0x20, "dir_index" },
	{ 0x200, "sparse_super2" }, { 0x400, "fast_commit" }, { 0x800, "stable_inodes" }, { 0x1000, "orphan_file" },
};

static const struct flag_name incompat[] = {
	{ 0x2, "filetype" }, { 0x4, NULL /* needs recovery */ }, { 0x8, "journal_dev" }, { 0x10, "meta_bg" }, { 0x40, "extent" },
	{ 0x80, "64bit" }, { 0x100, "mmp" }, { 0x200, "flex_bg" }, { 0x400, "ea_inode" }, { 0x1000, "dirdata" },
	{ 0x2000, "metadata_csum_seed" }, { 0x4000, "large_dir" }, { 0x8000, "inline_data" }, { 0x10000, "encrypt" },
	{ 0x20000, "casefold" },
};

static const struct flag_name ro_compat[] = {
	{ 0x1, "sparse_super" }, { 0x2, "large_file" }, { 0x8, "huge_file" }, { 0x10, "uninit_bg" }, { 0x20, "dir_nlink" },
	{ 0x40, "extra_isize" }, { 0x100, "quota" }, { 0x200, "bigalloc" }, { 0x400, "metadata_csum" }, { 0x1000, "read-only" },
	{ 0x2000, "project" }, { 0x4000, "shared_blocks" }, { 0x8000, "verity" }, { 0x10000, NULL /* orphans present */ },
};

/* As tune2fs -o takes them; the journal's mode is a number of its own in bits 5 and 6. */
static const struct flag_name mount_options[] = {
	{ 0x1, "debug" }, { 0x2, "bsdgroups" }, { 0x4, "user_xattr" }, { 0x8, "acl" }, { 0x10, "uid16" }, { 0x60, NULL },
	{ 0x100, "nobarrier" }, { 0x200, "block_validity" }, { 0x400, "discard" }, { 0x800, "nodelalloc" },
};

static int set_features(const unsigned char *sb, struct node *node)
{
	AUTO_FREE char *features = NULL, *unknown = NULL;
	uint64_t rest[3] = { 0 };
	int r = flags_to_list(le32(sb + 0x5c), compat, ARRAY_LENGTH(compat), &features, &rest[0]);

	if (!r)
		r = flags_to_list(le32(sb + 0x60), incompat, ARRAY_LENGTH(incompat), &features, &rest[1]);
	if (!r)
		r = flags_to_list(le32(sb + 0x64), ro_compat, ARRAY_LENGTH(ro_compat), &features, &rest[2]);
	if (!r)
		r = node_property_set(node, "features", features ? features : "none");
	if (r || !(rest[0] | rest[1] | rest[2]))
		return r;
	unknown = text_format("compat 0x%" PRIx64 " incompat 0x%" PRIx64 " ro_compat 0x%" PRIx64, rest[0], rest[1], rest[2]);
	return unknown ? node_property_set(node, "unknown_features", unknown) : -ENOMEM;
}

static int set_mount_options(const unsigned char *sb, struct node *node)
{
	static const char *const modes[] = { NULL, "journal_data", "journal_data_ordered", "journal_data_writeback" };
	uint32_t options = le32(sb + 0x100);
	const char *mode = modes[options >> 5 & 3];
	AUTO_FREE char *list = mode ? strdup(mode) : NULL;
	AUTO_FREE char *extended = strndup((const char *)sb + 0x200, 64);
	uint64_t unknown;
	int r = flags_to_list(options, mount_options, ARRAY_LENGTH(mount_options), &list, &unknown);

	if (!r && list)
		r = node_property_set(node, "default_mount_options", list);
	for (const char *c = extended; c && *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return r;
	if (!r && extended && *extended)
		r = node_property_set(node, "extended_mount_options", extended);
	return r;
}

/* How directories are hashed (the sign of char is a flag of its own), and who may use the reserved blocks. */
static int set_policies(const unsigned char *sb, struct node *node)
{
	static const char *const hashes[] = { "legacy", "half_md4", "tea" };
	int r = sb[0xfc] < ARRAY_LENGTH(hashes) ? node_property_set(node, "directory_hash", hashes[sb[0xfc]]) : 0;

	if (!r && le16(sb + 0x50))
		r = node_number_set(node, "reserved_uid", le16(sb + 0x50));
	if (!r && le16(sb + 0x52))
		r = node_number_set(node, "reserved_gid", le16(sb + 0x52));
	return r;
}

/* When a check is due, and how the blocks are grouped where mke2fs would do it otherwise. */
static int set_schedule(const unsigned char *sb, struct node *node, uint64_t block)
{
	uint16_t mounts = le16(sb + 0x36);
	uint32_t interval = le32(sb + 0x44), group = le32(sb + 0x20);
	bool clusters = le32(sb + 0x4c) >= 1 && le32(sb + 0x64) & 0x200;
	int r = mounts && mounts < 0x8000 ? node_number_set(node, "max_mount_count", mounts) : 0;

	if (!r && interval && interval <= INT32_MAX)
		r = node_number_set(node, "check_interval", interval);
	if (!r && !clusters && group < 8 * block && group >= 256 && group % 8 == 0)
		r = node_number_set(node, "blocks_per_group", group);
	return r;
}

/* Bytes that fast commits have of the journal: its own superblock tells, in the first block of what the copy of its inode maps (extents or
 * block numbers); big endian, from Documentation/filesystems/ext4/journal.rst. */
static int set_fast_commit(const struct extent *extent, const unsigned char *sb, struct node *node, uint64_t block)
{
	const unsigned char *map = sb + 0x10c;
	bool extents = le16(map) == 0xf30a;
	uint64_t first = extents ? (uint64_t)le16(map + 18) << 32 | le32(map + 20) : le32(map);
	unsigned char journal[0x58];

	/* A deeper tree of extents has another block first. */
	if ((extents && le16(map + 6)) || !first || first > node->size / block || extent_read(extent, first * block, journal, sizeof(journal)) ||
	    be32(journal) != 0xc03b3998 || !be32(journal + 0x54))
		return 0;
	return node_number_set(node, "fast_commit_size", be32(journal + 0x54) * block);
}

/* What only filesystems with certain features have. */
static int set_by_feature(const struct extent *extent, const unsigned char *sb, struct node *node, uint64_t block)
{
	uint32_t has_compat = le32(sb + 0x5c), has_incompat = le32(sb + 0x60), has_ro_compat = le32(sb + 0x64);
	uint32_t first_unit = le32(sb + 0x1c);
	int r = 0;

	/* The journal's inode is kept twice; the copy in the superblock ends with its size, high half first. */
	if (has_compat & 0x4 && sb[0xfd] == 1) {
		uint64_t size = (uint64_t)le32(sb + 0x10c + 15 * 4) << 32 | le32(sb + 0x10c + 16 * 4);

		if (size && size < node->size)
			r = node_number_set(node, "journal_size", size);
		if (!r && has_compat & 0x400)
			r = set_fast_commit(extent, sb, node, block);
	}
	if (!r && has_compat & 0x4 && !le32(sb + 0xe0))
		r = node_property_set(node, "external_journal", "1");
	if (!r && has_incompat & 0x200 && sb[0x174] && sb[0x174] < 31)
		r = node_number_set(node, "flex_bg_size", UINT64_C(1) << sb[0x174]);
	if (!r && has_ro_compat & 0x200 && first_unit < 22)
		r = node_number_set(node, "cluster_size", UINT64_C(1024) << first_unit);
	if (!r && has_ro_compat & 0x100) {
		AUTO_FREE char *quotas = text_format("%s%s%s", le32(sb + 0x240) ? ",usrquota" : "", le32(sb + 0x244) ? ",grpquota" : "",
						     le32(sb + 0x26c) ? ",prjquota" : "");

		if (!quotas)
			return -ENOMEM;
		if (*quotas)
			r = node_property_set(node, "quota", quotas + 1);
	}
	if (!r && has_incompat & 0x20000) {
		r = node_property_set(node, "encoding", le16(sb + 0x27c) == 1 ? "utf8" : "unknown");
		if (!r && le16(sb + 0x27e) & 1)
			r = node_property_set(node, "encoding_flags", "strict");
	}
	if (!r && has_incompat & 0x100 && le16(sb + 0x166))
		r = node_number_set(node, "mmp_update_interval", le16(sb + 0x166));
	if (!r && has_compat & 0x200)
		r = node_number_set(node, "backup_superblocks", (le32(sb + 0x24c) != 0) + (le32(sb + 0x250) != 0));
	if (!r && le16(sb + 0x164))
		r = node_number_set(node, "raid_stride", (uint64_t)le16(sb + 0x164) * block);
	if (!r && le32(sb + 0x170))
		r = node_number_set(node, "raid_stripe_width", (uint64_t)le32(sb + 0x170) * block);
	return r;
}

int superblock_ext(const struct extent *extent, struct node *node)
{
	static const char *const errors[] = { NULL, "continue", "remount-ro", "panic" };
	unsigned char sb[SUPERBLOCK_SIZE];
	bool dynamic, wide;
	uint64_t block, blocks, reserved, free_blocks;
	int r = extent_read(extent, SUPERBLOCK_OFFSET, sb, sizeof(sb));

	if (r)
		return r;
	if (le16(sb + 0x38) != 0xef53 || le32(sb + 0x18) > 6)
		return -EINVAL;
	dynamic = le32(sb + 0x4c) >= 1;
	wide = dynamic && le32(sb + 0x60) & 0x80;
	block = UINT64_C(1024) << le32(sb + 0x18);
	blocks = le32(sb + 0x4) | (wide ? (uint64_t)le32(sb + 0x150) << 32 : 0);
	reserved = le32(sb + 0x8) | (wide ? (uint64_t)le32(sb + 0x154) << 32 : 0);
	free_blocks = le32(sb + 0xc) | (wide ? (uint64_t)le32(sb + 0x158) << 32 : 0);
	if (!blocks || blocks > INT64_MAX / block || reserved > blocks || free_blocks > blocks)
		return -EINVAL;
	node->size = blocks * block;
	node->used = (blocks - free_blocks) * block;
	r = node_number_set(node, "block_size", block);
	if (!r)
		r = node_number_set(node, "inode_size", dynamic ? le16(sb + 0x58) : 128);
	if (!r)
		r = node_number_set(node, "inodes", le32(sb));
	if (!r && le32(sb + 0x10) <= le32(sb))
		r = node_number_set(node, "used_inodes", le32(sb) - le32(sb + 0x10));
	if (!r && le32(sb))
		r = node_number_set(node, "bytes_per_inode", node->size / le32(sb));
	if (!r)
		r = node_number_set(node, "reserved_blocks", reserved);
	if (!r && le16(sb + 0x3c) < ARRAY_LENGTH(errors) && errors[le16(sb + 0x3c)])
		r = node_property_set(node, "errors", errors[le16(sb + 0x3c)]);
	if (!r)
		r = node_number_set(node, "revision", le32(sb + 0x4c));
	if (!r && dynamic)
		r = set_features(sb, node);
	if (!r)
		r = set_mount_options(sb, node);
	if (!r)
		r = set_schedule(sb, node, block);
	if (!r && dynamic)
		r = set_policies(sb, node);
	return r || !dynamic ? r : set_by_feature(extent, sb, node, block);
}
