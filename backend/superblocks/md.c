/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Members of md arrays. Fields: the kernel's uapi/linux/raid/md_p.h, struct mdp_superblock_1 (little endian) and mdp_super_t (0.90, words in
 * the order of the host). Nothing is assembled, so no byte of a member changes.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <uuid/uuid.h>

#include "../core/byte_order.h"
#include "device_text.h"
#include "superblocks.h"

#define MAGIC 0xa92b4efc
#define SECTOR 512ull
#define BLOCK 4096                   /* bytes that are read of a superblock */
#define HEAD_1 256                   /* where the roles of 1.x begin */
#define ROLES_1 ((BLOCK - HEAD_1) / 2)
enum { FEATURE_BITMAP = 0x1, FEATURE_RESHAPE = 0x4, FEATURE_REPLACEMENT = 0x10, FEATURE_PPL = 0x40, FEATURE_JOURNAL = 0x200, FEATURE_PPLS = 0x800 };
enum { WRITE_MOSTLY_1 = 0x1, FAIL_FAST_1 = 0x2 };
enum { ROLE_SPARE = 0xffff, ROLE_FAULTY = 0xfffe, ROLE_JOURNAL = 0xfffd };
/* Word numbers of 0.90. */
enum { W_LEVEL = 7, W_SIZE = 8, W_RAID_DISKS = 10, W_MINOR = 11, W_STATE = 33, W_EVENTS = 39, W_LAYOUT = 64, W_CHUNK = 65, W_THIS_DISK = 992 };
enum { STATE_BITMAP = 0x100, DISK_FAULTY = 0x1, DISK_ACTIVE = 0x2, DISK_WRITE_MOSTLY = 0x200, DISK_FAIL_FAST = 0x400 };

static const char *level_name(int32_t level)
{
	switch (level) {
	case -1:
		return "linear";
	case 0:
		return "raid0";
	case 1:
		return "raid1";
	case 4:
		return "raid4";
	case 5:
		return "raid5";
	case 6:
		return "raid6";
	case 10:
		return "raid10";
	case -4:
		return "multipath";
	default:
		return "unknown";
	}
}

/* "member_2_KEY" of the member that was added last. */
static int set_member(struct node *node, const char *key, const char *value)
{
	AUTO_FREE char *name = text_format("member_%zu_%s", strv_length(node->on) - 1, key);

	return name ? node_property_set(node, name, value) : -ENOMEM;
}

static int set_member_number(struct node *node, const char *key, uint64_t value)
{
	AUTO_FREE char *name = text_format("member_%zu_%s", strv_length(node->on) - 1, key);

	return name ? node_number_set(node, name, value) : -ENOMEM;
}

static int set_member_uuid(struct node *node, const unsigned char *u)
{
	char text[UUID_STR_LEN];

	uuid_unparse_lower(u, text);
	return set_member(node, "uuid", text);
}

static int set_member_role(struct node *node, unsigned role)
{
	switch (role) {
	case ROLE_SPARE:
		return set_member(node, "role", "spare");
	case ROLE_FAULTY:
		return set_member(node, "role", "faulty");
	case ROLE_JOURNAL:
		return set_member(node, "role", "journal");
	default:
		return set_member_number(node, "role", role);
	}
}

static int set_member_flags(struct node *node, bool write_mostly, bool fail_fast)
{
	if (!write_mostly && !fail_fast)
		return 0;
	return set_member(node, "flags", write_mostly && fail_fast ? "write-mostly,failfast" : write_mostly ? "write-mostly" : "failfast");
}

/* What was said of the array as a whole. */
static void forget_array(struct node *node)
{
	size_t kept = 0;

	for (size_t i = 0; i < node->property_count; i++) {
		if (!strncmp(node->properties[i].key, "member_", strlen("member_"))) {
			node->properties[kept++] = node->properties[i];
			continue;
		}
		free(node->properties[i].key);
		free(node->properties[i].value);
	}
	node->property_count = kept;
}

/* Whether the member that was added last, with the count EVENTS of updates, knows the array better than those before: one that was removed and comes
 * back tells of it as it was then. 1, 0 or -errno. */
static int knows_best(struct node *node, uint64_t events)
{
	uint64_t best = node_number(node, "events");
	int r = set_member_number(node, "events", events);

	if (r || (node_property(node, "events") && events <= best))
		return r;
	forget_array(node);
	r = node_number_set(node, "events", events);
	return r ? r : 1;
}

/* What all members say alike; LEVEL as the superblock has it, CHUNK and SIZE (of a member's data) in bytes. */
static int set_array(struct node *node, int32_t level, uint32_t layout, uint32_t disks, uint64_t chunk, uint64_t size)
{
	int r = node_property_set(node, "level", level_name(level));

	if (!r && layout)
		r = node_number_set(node, "algorithm", layout);
	if (!r)
		r = node_number_set(node, "raid_disks", disks);
	if (!r && chunk)
		r = node_number_set(node, "chunk_size", chunk);
	return r || !size ? r : node_number_set(node, "component_size", size);
}

/* What the superblock SB of version 1.MINOR says of the array. */
static int take_array_1(struct node *node, const unsigned char *sb, unsigned minor)
{
	static const struct {
		uint32_t bits;
		const char *key, *value;
	} features[] = { { FEATURE_BITMAP, "bitmap", "internal" }, { FEATURE_RESHAPE, "reshape", "1" }, { FEATURE_JOURNAL, "journal", "1" },
			 { FEATURE_PPL | FEATURE_PPLS, "partial_parity_log", "1" } };
	char version[] = { '1', '.', (char)('0' + minor), '\0' };
	int r = node_property_set(node, "metadata", version);

	if (!r)
		r = set_array(node, (int32_t)le32(sb + 72), le32(sb + 76), le32(sb + 92), le32(sb + 88) * SECTOR, le64(sb + 80) * SECTOR);
	if (!r)
		r = device_text_property(node, "name", sb + 32, 32);
	for (size_t i = 0; !r && i < ARRAY_LENGTH(features); i++)
		if (le32(sb + 8) & features[i].bits)
			r = node_property_set(node, features[i].key, features[i].value);
	return r;
}

/* The superblock at OFFSET, if it is one of version 1.MINOR. 1: it is not. */
static int read_version_1(const struct extent *extent, uint64_t offset, unsigned minor, struct node *node)
{
	AUTO_FREE unsigned char *sb = malloc(BLOCK);
	uint32_t number;
	bool replaces;
	int r;

	if (!sb)
		return -ENOMEM;
	if (extent_read(extent, offset, sb, BLOCK) || le32(sb) != MAGIC || le32(sb + 4) != 1 || le64(sb + 144) != offset / SECTOR)
		return 1;
	number = le32(sb + 160);
	replaces = le32(sb + 8) & FEATURE_REPLACEMENT;
	if (le32(sb + 92) > LAYOUT_ON_LIMIT || le64(sb + 80) > INT64_MAX / SECTOR || le64(sb + 128) > INT64_MAX / SECTOR)
		return -EINVAL;
	r = knows_best(node, le64(sb + 200));
	if (r == 1)
		r = take_array_1(node, sb, minor);
	/* Until it is complete, the place is another one's. */
	if (!r)
		r = set_member_role(node, !replaces && number < ROLES_1 && number < le32(sb + 220) ? le16(sb + HEAD_1 + 2 * number) : ROLE_SPARE);
	if (!r)
		r = set_member_number(node, "data_offset", le64(sb + 128) * SECTOR);
	if (!r)
		r = set_member_flags(node, sb[184] & WRITE_MOSTLY_1, sb[184] & FAIL_FAST_1);
	if (!r && replaces)
		r = set_member(node, "replacement", "1");
	return r ? r : set_member_uuid(node, sb + 168);
}

static uint32_t word(const unsigned char *sb, unsigned number)
{
	return le32(sb + 4 * number);
}

static int take_array_0(struct node *node, const unsigned char *sb)
{
	int r = node_property_set(node, "metadata", "0.90");

	if (!r)
		r = set_array(node, (int32_t)word(sb, W_LEVEL), word(sb, W_LAYOUT), word(sb, W_RAID_DISKS), word(sb, W_CHUNK),
			      word(sb, W_SIZE) * 1024ull);
	if (!r && word(sb, W_STATE) & STATE_BITMAP)
		r = node_property_set(node, "bitmap", "internal");
	return r ? r : node_number_set(node, "preferred_minor", word(sb, W_MINOR));
}

static int read_version_0(const struct extent *extent, struct node *node)
{
	AUTO_FREE unsigned char *sb = malloc(BLOCK);
	uint64_t offset = (extent->size & ~(128 * SECTOR - 1)) - 128 * SECTOR;
	uint32_t state;
	int r;

	if (!sb)
		return -ENOMEM;
	if (extent->size < 256 * SECTOR || extent_read(extent, offset, sb, BLOCK) || le32(sb) != MAGIC || le32(sb + 4) != 0)
		return 1;
	if (word(sb, W_RAID_DISKS) > LAYOUT_ON_LIMIT)
		return -EINVAL;
	r = knows_best(node, le64(sb + 4 * W_EVENTS));
	if (r == 1)
		r = take_array_0(node, sb);
	state = word(sb, W_THIS_DISK + 4);
	if (!r)
		r = set_member_flags(node, state & DISK_WRITE_MOSTLY, state & DISK_FAIL_FAST);
	return r ? r : set_member_role(node, state & DISK_FAULTY ? ROLE_FAULTY : state & DISK_ACTIVE ? word(sb, W_THIS_DISK + 3) : ROLE_SPARE);
}

static const char *member_property(const struct node *node, size_t member, const char *key)
{
	AUTO_FREE char *name = text_format("member_%zu_%s", member, key);

	return name ? node_property(node, name) : NULL;
}

static uint64_t member_events(const struct node *node, size_t member)
{
	const char *text = member_property(node, member, "events");
	uint64_t events = 0;

	return text && parse_u64(text, &events) ? events : 0;
}

/* One that was replaced still claims its place in the array: of the member that was added last and another one in its place the one that knows less
 * is in it no longer. */
static int settle_place(struct node *node)
{
	size_t last = strv_length(node->on) - 1;
	const char *role = member_property(node, last, "role"), *other;

	if (!role || strspn(role, "0123456789") != strlen(role))
		return 0;
	for (size_t i = 0; i < last; i++) {
		uint64_t events = member_events(node, i), own = member_events(node, last);
		AUTO_FREE char *key = NULL;

		other = member_property(node, i, "role");
		if (!other || strcmp(other, role) || events == own)
			continue;
		key = text_format("member_%zu_role", events < own ? i : last);
		return key ? node_property_set(node, key, "faulty") : -ENOMEM;
	}
	return 0;
}

/* What the array has when it is assembled, of levels whose members all give the same. Bytes; 0: not known. */
static uint64_t array_size(const struct node *node)
{
	const char *level = node_property(node, "level");
	uint64_t members = node_number(node, "raid_disks"), size = node_number(node, "component_size");
	uint64_t layout = node_number(node, "algorithm"), copies = (layout & 0xff) * (layout >> 8 & 0xff);

	if (!level || !members || size > INT64_MAX / members)
		return 0;
	if (!strcmp(level, "raid1"))
		return size;
	if ((!strcmp(level, "raid4") || !strcmp(level, "raid5")) && members > 1)
		return size * (members - 1);
	if (!strcmp(level, "raid6") && members > 2)
		return size * (members - 2);
	return !strcmp(level, "raid10") && copies ? size * members / copies : 0;
}

int superblock_md(const struct extent *extent, struct node *node)
{
	uint64_t end = extent->size >= 16 * SECTOR ? (extent->size - 16 * SECTOR) & ~(8 * SECTOR - 1) : 0;
	int r = read_version_1(extent, 8 * SECTOR, 2, node);

	if (r == 1)
		r = read_version_1(extent, 0, 1, node);
	if (r == 1)
		r = read_version_1(extent, end, 0, node);
	if (r == 1)
		r = read_version_0(extent, node);
	if (r)
		return r == 1 ? -EINVAL : r;
	node->size = array_size(node);
	return settle_place(node);
}
