/* SPDX-License-Identifier: GPL-3.0-or-later */
/* btrfs. Fields and bits: "On-disk Format", Superblock, of the btrfs documentation (struct btrfs_super_block, little endian); names
 * of features as mkfs.btrfs takes them: "features" for -O, "runtime_features" for -R.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <uuid/uuid.h>

#include "../core/byte_order.h"
#include "../core/bytes.h"
#include "flag_names.h"
#include "superblocks.h"

#define SUPERBLOCK_OFFSET 65536
#define SUPERBLOCK_SIZE 4096
#define DEVICE_ITEM 201              /* dev_item */
#define SYSTEM_CHUNKS 811            /* sys_chunk_array */
#define SYSTEM_CHUNKS_MAX 2048

/* Bits without a name here follow from use (compression) or are always there. */
static const struct flag_name incompat[] = {
	{ 0x1, NULL /* mixed back references */ }, { 0x2, NULL /* default subvolume set */ }, { 0x4, "mixed-bg" },
	{ 0x8, NULL /* lzo used */ }, { 0x10, NULL /* zstd used */ }, { 0x20, NULL /* big metadata */ }, { 0x40, "extref" },
	{ 0x80, "raid56" }, { 0x100, "skinny-metadata" }, { 0x200, "no-holes" }, { 0x400, NULL /* metadata UUID */ },
	{ 0x800, "raid1c34" }, { 0x1000, "zoned" }, { 0x2000, "extent-tree-v2" }, { 0x4000, "raid-stripe-tree" },
	{ 0x10000, "squota" },
};

static const struct flag_name ro_compat[] = {
	{ 0x1, "free-space-tree" }, { 0x2, NULL /* free space tree valid */ }, { 0x4, NULL /* verity used */ },
	{ 0x8, "block-group-tree" },
};

static const struct flag_name profiles[] = {
	{ 0x8, "raid0" }, { 0x10, "raid1" }, { 0x20, "dup" }, { 0x40, "raid10" }, { 0x80, "raid5" }, { 0x100, "raid6" },
	{ 0x200, "raid1c3" }, { 0x400, "raid1c4" },
};

static int set_features(const unsigned char *sb, struct node *node)
{
	AUTO_FREE char *features = NULL, *runtime = NULL, *unknown_text = NULL;
	uint64_t unknown = 0, unknown_ro = 0;
	int r = flags_to_list(le64(sb + 188), incompat, ARRAY_LENGTH(incompat), &features, &unknown);

	if (!r)
		r = flags_to_list(le64(sb + 180), ro_compat, ARRAY_LENGTH(ro_compat), &runtime, &unknown_ro);
	if (!r && features)
		r = node_property_set(node, "features", features);
	if (!r && runtime)
		r = node_property_set(node, "runtime_features", runtime);
	if (r || !(unknown | unknown_ro))
		return r;
	unknown_text = text_format("incompat 0x%" PRIx64 " ro_compat 0x%" PRIx64, unknown, unknown_ro);
	return unknown_text ? node_property_set(node, "unknown_features", unknown_text) : -ENOMEM;
}

/* The profile of the system chunks, which is that of the metadata: the first of the chunks the superblock lists (key of 17 bytes,
 * then the chunk, its type 24 bytes into it). */
static int set_metadata_profile(const unsigned char *sb, struct node *node)
{
	AUTO_FREE char *profile = NULL;
	uint32_t length = le32(sb + 160);
	uint64_t unknown;
	int r;

	if (length < 17 + 48 || length > SYSTEM_CHUNKS_MAX)
		return 0;
	r = flags_to_list(le64(sb + SYSTEM_CHUNKS + 17 + 24), profiles, ARRAY_LENGTH(profiles), &profile, &unknown);
	return r ? r : node_property_set(node, "metadata_profile", profile ? profile : "single");
}

/* "member_1_devid" of the device that the filesystem lies on last: its dev_item says which of them it is. */
static int set_member(const unsigned char *sb, struct node *node)
{
	const unsigned char *item = sb + DEVICE_ITEM;
	size_t number = node->on ? strv_length(node->on) - 1 : 0;
	AUTO_FREE char *devid = text_format("member_%zu_devid", number), *size = text_format("member_%zu_size", number);
	AUTO_FREE char *key = text_format("member_%zu_uuid", number);
	char uuid[UUID_STR_LEN];
	int r;

	if (le64(sb + 136) < 2)
		return 0;
	uuid_unparse_lower(item + 66, uuid);
	r = devid && size && key ? node_number_set(node, devid, le64(item)) : -ENOMEM;
	if (!r)
		r = node_number_set(node, size, le64(item + 8));
	return r ? r : node_property_set(node, key, uuid);
}

int superblock_btrfs(const struct extent *extent, struct node *node)
{
	static const char *const checksums[] = { "crc32c", "xxhash", "sha256", "blake2" };
	AUTO_FREE unsigned char *sb = malloc(SUPERBLOCK_SIZE);
	uint32_t sector, nodesize;
	uint16_t checksum;
	int r = sb ? extent_read(extent, SUPERBLOCK_OFFSET, sb, SUPERBLOCK_SIZE) : -ENOMEM;

	if (r)
		return r;
	sector = le32(sb + 144);
	nodesize = le32(sb + 148);
	checksum = le16(sb + 196);
	if (memcmp(sb + 64, "_BHRfS_M", 8) || !is_power_of_two(sector) || sector < 512 || sector > 65536 ||
	    !is_power_of_two(nodesize) || nodesize > 65536 || le64(sb + 112) > INT64_MAX || le64(sb + 120) > le64(sb + 112))
		return -EINVAL;
	node->size = le64(sb + 112);
	node->used = le64(sb + 120);
	r = node_number_set(node, "sector_size", sector);
	if (!r)
		r = node_number_set(node, "node_size", nodesize);
	if (!r)
		r = node_property_set(node, "checksum", checksum < ARRAY_LENGTH(checksums) ? checksums[checksum] : "unknown");
	if (!r)
		r = node_number_set(node, "devices", le64(sb + 136));
	if (!r)
		r = set_metadata_profile(sb, node);
	if (!r)
		r = set_member(sb, node);
	return r ? r : set_features(sb, node);
}
