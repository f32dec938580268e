/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "differences.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "closed.h"
#include "image.h"

struct comparison {
	const struct layout *saved, *present;
	char ***lines;
};

static bool is_same(const char *one, const char *two)
{
	return one && two ? !strcmp(one, two) : !one && !two;
}

static int tell(const struct comparison *all, const struct node *node, const char *what, const char *saved, const char *present)
{
	AUTO_FREE char *name = node_describe(node), *line = NULL;
	AUTO_FREE char *before = saved ? text_printable(saved) : NULL, *now = present ? text_printable(present) : NULL;

	if (!name || (saved && !before) || (present && !now))
		return -ENOMEM;
	what = sentence_words(what);
	line = now && before ? sentence("%s: %s is '%s' here, and '%s' in the set", name, what, now, before)
	       : now	     ? sentence("%s: %s is '%s' here, and none in the set", name, what, now)
	       : before	     ? sentence("%s: %s is none here, and '%s' in the set", name, what, before)
			     : sentence("%s: %s is none here, and none in the set", name, what);
	return line ? strv_append(all->lines, line) : -ENOMEM;
}

static int compare_text(const struct comparison *all, const struct node *node, const char *what, const char *saved, const char *present)
{
	return is_same(saved, present) ? 0 : tell(all, node, what, saved, present);
}

static int compare_number(const struct comparison *all, const struct node *node, const char *what, uint64_t saved, uint64_t present)
{
	AUTO_FREE char *before = text_format("0x%" PRIx64, saved), *now = text_format("0x%" PRIx64, present);

	if (saved == present)
		return 0;
	return before && now ? tell(all, node, what, before, now) : -ENOMEM;
}

static int compare_bool(const struct comparison *all, const struct node *node, const char *what, bool saved, bool present)
{
	return saved == present ? 0 : tell(all, node, what, saved ? "yes" : "no", present ? "yes" : "no");
}

/* Properties that are no settings, or follow from the size where it is another one. */
static bool is_left_out(const char *key, bool same_size)
{
	static const char *const states[] = { "used_inodes", "bytes_per_inode", "mount_options", "hidden_sectors", "quota_groups", "quota_limits" };
	static const char *const sized[] = { "inodes", "reserved_blocks", "journal_size", "fast_commit_size", "log_size", "group_size",
					     "blocks_per_group", "block_size", "raid_stripe_width", "stripe_width", "sector_size", "cluster_sectors", "reserved_sectors", "fat_bits",
					     "root_entries", "log_stripe_unit" };

	for (size_t i = 0; i < ARRAY_LENGTH(states); i++)
		if (!strcmp(states[i], key))
			return true;
	for (size_t i = 0; !same_size && i < ARRAY_LENGTH(sized); i++)
		if (!strcmp(sized[i], key))
			return true;
	return false;
}

/* Known only of what is mounted: that one side lacks it says nothing. */
static bool is_told_when_mounted(const char *key)
{
	return !strcmp(key, "data_profile");
}

static int compare_property(const struct comparison *all, const struct node *node, const char *key, const char *saved, const char *present)
{
	if ((!saved || !present) && is_told_when_mounted(key))
		return 0;
	/* mkfs.btrfs numbers and names the devices as it likes, and nothing refers to them. */
	if (node->type == NODE_FILESYSTEM && !strncmp(key, "member_", strlen("member_")))
		return 0;
	return compare_text(all, node, key, saved, present);
}

static int compare_properties(const struct comparison *all, const struct node *saved, const struct node *present)
{
	bool same_size = saved->size == present->size;
	int r = 0;

	/* Its settings are those of the program that made it. */
	if (node_property(saved, PLANNED_PROPERTY))
		return 0;
	for (size_t i = 0; !r && i < saved->property_count; i++) {
		const char *key = saved->properties[i].key;

		if (!is_left_out(key, same_size))
			r = compare_property(all, saved, key, saved->properties[i].value, node_property(present, key));
	}
	for (size_t i = 0; !r && i < present->property_count; i++) {
		const char *key = present->properties[i].key;

		if (!is_left_out(key, same_size) && !node_property(saved, key))
			r = compare_property(all, saved, key, NULL, present->properties[i].value);
	}
	return r;
}

static const struct node *find_subvolume(const struct layout *layout, const struct node *filesystem, const char *path)
{
	const struct node *node;

	for (size_t at = 0; (node = layout_next_child(layout, filesystem->id, NODE_SUBVOLUME, &at));)
		if (!strcmp(node->subvolume.path, path))
			return node;
	return NULL;
}

static int compare_subvolumes(const struct comparison *all, const struct node *saved, const struct node *present)
{
	const struct node *node;
	int r = 0;

	/* Only what is mounted shows its subvolumes. */
	if (!layout_child(all->present, present->id, NODE_SUBVOLUME, 0))
		return 0;
	for (size_t at = 0; !r && (node = layout_next_child(all->saved, saved->id, NODE_SUBVOLUME, &at));) {
		const struct node *now = find_subvolume(all->present, present, node->subvolume.path);

		if (!now) {
			r = compare_bool(all, node, "there", true, false);
			continue;
		}
		r = compare_bool(all, node, "read-only", node->subvolume.read_only, now->subvolume.read_only);
		if (!r)
			r = compare_bool(all, node, "default", node->subvolume.is_default, now->subvolume.is_default);
	}
	return r;
}

/* What identifies a node beyond its layout; NULL: nothing does. */
static const char *identity(const struct node *node)
{
	switch (node->type) {
	case NODE_DISK:
		return node->disk.table_id;
	case NODE_PARTITION:
		return node->partition.uuid;
	case NODE_FILESYSTEM:
	case NODE_SWAP:
	case NODE_RAID:
		return node->uuid;
	default:
		return NULL;
	}
}

/* What NODE directly lies on. */
static const struct node *holder(const struct layout *layout, const struct node *node)
{
	return node->on && node->on[0] ? layout_find(layout, node->on[0]) : NULL;
}

static bool has_identity_of(const struct node *one, const struct node *two)
{
	return one && two && one->type == two->type && identity(one) && identity(two) && !strcasecmp(identity(one), identity(two));
}

/* WANTED, a node of SAVED, in PRESENT. A copy beside the original has the same identity: of several, the one that lies on the same thing is meant. */
static const struct node *find_same(const struct layout *saved, const struct node *wanted, const struct layout *present)
{
	const struct node *found = NULL;

	for (size_t i = 0; i < present->count; i++) {
		const struct node *node = present->nodes[i];

		if (!has_identity_of(node, wanted))
			continue;
		if (has_identity_of(holder(present, node), holder(saved, wanted)))
			return node;
		if (!found)
			found = node;
	}
	return found;
}

/* Whether PRESENT has more members: it was grown onto further disks, and lacks nothing. */
static bool has_grown(const struct node *saved, const struct node *present)
{
	return node_number(present, "raid_disks") > node_number(saved, "raid_disks");
}

/* Sizes and offsets follow from the disks. */
static int compare_array(const struct comparison *all, const struct node *saved, const struct node *present)
{
	static const char *const keys[] = { "level", "metadata", "name", "raid_disks", "chunk_size", "algorithm", "bitmap" };
	int r = 0;

	for (size_t i = 0; !r && i < ARRAY_LENGTH(keys); i++)
		if (strcmp(keys[i], "raid_disks") || !has_grown(saved, present))
			r = compare_property(all, saved, keys[i], node_property(saved, keys[i]), node_property(present, keys[i]));
	return r;
}

static int compare_node(const struct comparison *all, const struct node *saved, const struct node *present)
{
	int r = 0;

	switch (saved->type) {
	case NODE_DISK:
		return compare_text(all, saved, N_("what its MBR says"), saved->disk.mbr, present->disk.mbr);
	case NODE_PARTITION:
		r = compare_text(all, saved, N_("its type"), saved->partition.kind, present->partition.kind);
		if (!r)
			r = compare_text(all, saved, N_("its name"), saved->partition.name, present->partition.name);
		return r ? r : compare_number(all, saved, N_("its attributes"), saved->partition.attributes, present->partition.attributes);
	case NODE_FILESYSTEM:
		r = compare_text(all, saved, N_("its kind"), saved->filesystem.kind, present->filesystem.kind);
		if (!r)
			r = compare_text(all, saved, N_("its label"), saved->label, present->label);
		/* Kinds have settings of their own; and of one that was chosen for the restore, none were saved. */
		if (!r && saved->property_count && !node_image(saved) && !strcmp(saved->filesystem.kind, present->filesystem.kind))
			r = compare_properties(all, saved, present);
		return r ? r : compare_subvolumes(all, saved, present);
	case NODE_RAID:
		return compare_array(all, saved, present);
	default:
		return compare_text(all, saved, N_("its label"), saved->label, present->label);
	}
}

int layout_differences(const struct layout *saved, const struct layout *present, bool missing, char ***lines)
{
	const struct comparison all = { .saved = saved, .present = present, .lines = lines };
	int r = 0;

	for (size_t i = 0; !r && i < saved->count; i++) {
		const struct node *node = saved->nodes[i], *now = identity(node) ? find_same(saved, node, present) : NULL;

		if (now)
			r = compare_node(&all, node, now);
		else if (missing && identity(node) && (node->type == NODE_FILESYSTEM || node->type == NODE_SWAP) &&
			 !layout_closed_beneath(saved, present, node))
			r = compare_bool(&all, node, "there", true, false);
	}
	return r;
}
