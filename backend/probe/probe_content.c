/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "probe_content.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "../superblocks/superblocks.h"
#include "probe_lvm.h"

/* libblkid's name -> kind of node. All else is a filesystem node of that kind: known, though not always restorable. */
static enum node_type type_of(const struct signature *content)
{
	static const struct {
		const char *name;
		enum node_type type;
	} types[] = {
		{ "swap", NODE_SWAP },
		{ "swsuspend", NODE_SWAP },
		{ "LVM2_member", NODE_PV },
		{ "linux_raid_member", NODE_RAID },
		{ "crypto_LUKS", NODE_LUKS },
	};

	for (size_t i = 0; content->type && i < ARRAY_LENGTH(types); i++)
		if (!strcmp(types[i].name, content->type))
			return types[i].type;
	return NODE_FILESYSTEM;
}

/* The array or several-device filesystem that CONTENT is another member of; NULL when it stands alone. */
static struct node *other_member(const struct probe *probe, enum node_type type, const struct signature *content)
{
	for (size_t i = 0; content->uuid && i < probe->layout->count; i++) {
		struct node *node = probe->layout->nodes[i];
		const char *devices;

		if (node->type != type || !node->uuid || strcmp(node->uuid, content->uuid))
			continue;
		if (type == NODE_RAID)
			return node;
		devices = node_property(node, "devices");
		if (devices && strcmp(devices, "1") && strcmp(node->filesystem.kind, content->type) == 0)
			return node;
	}
	return NULL;
}

static bool uuid_is_sound(const char *uuid)
{
	for (const char *c = uuid; *c; c++)
		if (!isalnum((unsigned char)*c) && *c != '-')
			return false;
	return isalnum((unsigned char)uuid[0]) && strlen(uuid) <= 64;
}

static const char *id_prefix(enum node_type type)
{
	switch (type) {
	case NODE_FILESYSTEM:
		return "fs";
	default:
		return node_type_name(type);
	}
}

typedef int (*superblock_reader)(const struct extent *extent, struct node *node);

/* NULL: superblocks of this kind are not read here. */
static superblock_reader reader_of(const char *kind)
{
	static const struct {
		const char *kind;
		superblock_reader read;
	} readers[] = {
		{ "ext2", superblock_ext }, { "ext3", superblock_ext }, { "ext4", superblock_ext },
		{ "xfs", superblock_xfs }, { "btrfs", superblock_btrfs }, { "vfat", superblock_fat },
		{ "exfat", superblock_exfat }, { "f2fs", superblock_f2fs }, { "bcache", superblock_bcache },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(readers); i++)
		if (!strcmp(readers[i].kind, kind))
			return readers[i].read;
	return NULL;
}

/* Reads the superblock of a filesystem whose parameters are known here. */
static int read_superblock(struct probe *probe, struct node *node, const struct extent *extent)
{
	superblock_reader reader = node->type == NODE_FILESYSTEM ? reader_of(node->filesystem.kind) : NULL;
	int r = 0;

	if (node->type == NODE_SWAP)
		r = superblock_swap(extent, node);
	if (node->type == NODE_RAID)
		r = superblock_md(extent, node);
	if (node->type == NODE_LUKS)
		r = superblock_luks(extent, node);
	if (node->type == NODE_PV)
		r = probe_pv(probe, extent, node);
	if (reader)
		r = reader(extent, node);
	if (r && r != -ENOMEM) {
		context_warn(probe->ctx, "the superblock of the %s on %s makes no sense; its parameters are unknown",
			     node->type == NODE_FILESYSTEM ? node->filesystem.kind : node_type_name(node->type),
			     node->on[strv_length(node->on) - 1]);
		r = 0;
	}
	return r;
}

/* A superblock may state more bytes than its device has. The kernel uses swap space and FAT as far as they reach; it mounts no other such
 * filesystem. One on several devices states the bytes of all. */
static int cut_to_device(struct node *node, uint64_t device_size)
{
	const char *devices = node->type == NODE_FILESYSTEM ? node_property(node, "devices") : NULL;

	if (node->type == NODE_RAID || node->size <= device_size || (devices && strcmp(devices, "1")))
		return 0;
	node->size = device_size;
	node->used = node->used < device_size ? node->used : device_size;
	if (node->type != NODE_FILESYSTEM || !strcmp(node->filesystem.kind, "vfat"))
		return 0;
	return node_property_set(node, "truncated", "1");
}

/* What libblkid tells of kinds whose superblock is not read here, such as members of ZFS pools. */
static int take_foreign(struct node *node, const struct signature *content)
{
	int r = content->sub_uuid ? node_property_set(node, "member_uuid", content->sub_uuid) : 0;

	return r || !content->version ? r : node_property_set(node, "version", content->version);
}

static int fill_node(struct probe *probe, struct node *node, const struct signature *content, const struct extent *extent)
{
	const char *kind = content->unclear || !content->type ? FILESYSTEM_UNKNOWN : content->type;
	int r;

	/* What an array has is told by its members, or by itself when it is assembled. */
	node->size = node->type == NODE_RAID ? 0 : extent->size;
	if (node->type == NODE_FILESYSTEM) {
		node->filesystem.kind = strdup(kind);
		if (!node->filesystem.kind)
			return -ENOMEM;
	}
	if (content->uuid && uuid_is_sound(content->uuid)) {
		node->uuid = strdup(content->uuid);
		if (!node->uuid)
			return -ENOMEM;
	}
	if (content->label) {
		node->label = strdup(content->label);
		if (!node->label)
			return -ENOMEM;
	}
	r = read_superblock(probe, node, extent);
	if (!r && node->type == NODE_FILESYSTEM && !reader_of(kind))
		r = take_foreign(node, content);
	return r ? r : cut_to_device(node, extent->size);
}

int probe_add_content(struct probe *probe, struct node *on, const struct signature *content, const struct extent *extent)
{
	enum node_type type = content->unclear ? NODE_FILESYSTEM : type_of(content);
	struct node *node = NULL;
	AUTO_FREE char *id = NULL;
	int r;

	if (!content->unclear)
		node = type == NODE_RAID || type == NODE_FILESYSTEM ? other_member(probe, type, content) : NULL;
	if (node) {
		r = strv_append(&node->on, on->id);
		return r || (type == NODE_FILESYSTEM && strcmp(content->type, "btrfs")) ? r : read_superblock(probe, node, extent);
	}
	id = text_format("%s:%s", id_prefix(type),
			 content->uuid && uuid_is_sound(content->uuid) && !content->unclear ? content->uuid : on->id);
	if (!id)
		return -ENOMEM;
	node = probe_add(probe->layout, type, id, on->id);
	if (!node)
		return -ENOMEM;
	if (on->device) {
		node->device = strdup(on->device);
		if (!node->device)
			return -ENOMEM;
	}
	return fill_node(probe, node, content, extent);
}

int probe_add_unknown(struct probe *probe, struct node *on)
{
	const struct signature unknown = { .unclear = true };
	const struct extent nothing = { .fd = -1, .size = on->size };

	return probe_add_content(probe, on, &unknown, &nothing);
}
