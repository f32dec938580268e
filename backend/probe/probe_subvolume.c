/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "probe_subvolume.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <uuid/uuid.h>

#include "../core/byte_order.h"
#include "../core/file.h"
#include "../devices/sysfs.h"
#include "probe_nodes.h"

#define FIRST_SUBVOLUME 256
#define READ_ONLY_FLAG 1 /* BTRFS_ROOT_SUBVOL_RDONLY of the item's flags */

struct subvolume {
	uint64_t number, parent, directory;
	bool read_only;
	char *name, *path;
	char *uuid, *snapshot_of, *received;
	uint64_t sent_generation;
};

struct subvolumes {
	struct subvolume *items;
	size_t count;
	uint64_t default_number;
	uint64_t groups, limits; /* of quotas: how many, and how many with limits */
};

typedef int (*item_handler)(struct subvolumes *all, const struct btrfs_ioctl_search_header *header, const unsigned char *data);

static void subvolumes_done(struct subvolumes *all)
{
	for (size_t i = 0; i < all->count; i++) {
		free(all->items[i].name);
		free(all->items[i].path);
		free(all->items[i].uuid);
		free(all->items[i].snapshot_of);
		free(all->items[i].received);
	}
	free(all->items);
}

/* Hands every item between the keys of KEY to HANDLER. */
static int search(int fd, struct btrfs_ioctl_search_key key, struct subvolumes *all, item_handler handler)
{
	struct btrfs_ioctl_search_args args;

	for (;;) {
		struct btrfs_ioctl_search_header header = { 0 };
		size_t at = 0;

		args.key = key;
		args.key.nr_items = 4096;
		if (ioctl(fd, BTRFS_IOC_TREE_SEARCH, &args) < 0)
			return -errno;
		if (!args.key.nr_items)
			return 0;
		for (uint32_t i = 0; i < args.key.nr_items; i++) {
			int r;

			if (at + sizeof(header) > sizeof(args.buf))
				return -EIO;
			memcpy(&header, args.buf + at, sizeof(header));
			at += sizeof(header);
			if (header.len > sizeof(args.buf) - at)
				return -EIO;
			r = handler(all, &header, (const unsigned char *)args.buf + at);
			if (r)
				return r;
			at += header.len;
		}
		/* Continue behind the last key. */
		key.min_objectid = header.objectid;
		key.min_type = header.type;
		key.min_offset = header.offset;
		if (++key.min_offset == 0 && ++key.min_type > 255) {
			key.min_type = 0;
			key.min_objectid++;
		}
	}
}

/* The item of this number, the last one when the keys come in order, or a new one. */
static struct subvolume *item_of(struct subvolumes *all, uint64_t number)
{
	struct subvolume *items;

	if (all->count && all->items[all->count - 1].number == number)
		return &all->items[all->count - 1];
	items = reallocarray(all->items, all->count + 1, sizeof(*items));
	if (!items)
		return NULL;
	all->items = items;
	items[all->count] = (struct subvolume){ .number = number };
	return &items[all->count++];
}

/* 16 bytes as text; NULL in *RET when all are zero. 0 or -ENOMEM. */
static int take_uuid(const unsigned char *bytes, char **ret)
{
	char text[UUID_STR_LEN];

	free(TAKE_POINTER(*ret));
	if (uuid_is_null(bytes))
		return 0;
	uuid_unparse_lower(bytes, text);
	*ret = strdup(text);
	return *ret ? 0 : -ENOMEM;
}

static int take_item(struct subvolume *item, const unsigned char *data, uint32_t length)
{
	size_t flags = offsetof(struct btrfs_root_item, flags);
	int r;

	item->read_only = length >= flags + 8 && le64(data + flags) & READ_ONLY_FLAG;
	/* Items of kernels before 3.6 end before the UUIDs. */
	if (length < sizeof(struct btrfs_root_item))
		return 0;
	r = take_uuid(data + offsetof(struct btrfs_root_item, uuid), &item->uuid);
	if (!r)
		r = take_uuid(data + offsetof(struct btrfs_root_item, parent_uuid), &item->snapshot_of);
	if (!r)
		r = take_uuid(data + offsetof(struct btrfs_root_item, received_uuid), &item->received);
	item->sent_generation =
		le64(data + (item->received ? offsetof(struct btrfs_root_item, stransid) : offsetof(struct btrfs_root_item, ctransid)));
	return r;
}

static int take_root(struct subvolumes *all, const struct btrfs_ioctl_search_header *header, const unsigned char *data)
{
	struct subvolume *item;

	if (header->objectid < FIRST_SUBVOLUME || header->objectid > BTRFS_LAST_FREE_OBJECTID)
		return 0;
	if (header->type != BTRFS_ROOT_ITEM_KEY && header->type != BTRFS_ROOT_BACKREF_KEY)
		return 0;
	item = item_of(all, header->objectid);
	if (!item)
		return -ENOMEM;
	if (header->type == BTRFS_ROOT_ITEM_KEY) {
		return take_item(item, data, header->len);
	} else if (header->len >= sizeof(struct btrfs_root_ref)) {
		size_t length = le16(data + offsetof(struct btrfs_root_ref, name_len));

		if (length > header->len - sizeof(struct btrfs_root_ref))
			return -EIO;
		free(item->name);
		item->name = strndup((const char *)data + sizeof(struct btrfs_root_ref), length);
		if (!item->name)
			return -ENOMEM;
		item->directory = le64(data + offsetof(struct btrfs_root_ref, dirid));
		item->parent = header->offset;
	}
	return 0;
}

static int take_default(struct subvolumes *all, const struct btrfs_ioctl_search_header *header, const unsigned char *data)
{
	static const char name[] = "default";
	size_t head = sizeof(struct btrfs_dir_item);

	if (header->type == BTRFS_DIR_ITEM_KEY && header->len >= head + strlen(name) &&
	    !memcmp(data + head, name, strlen(name)))
		all->default_number = le64(data + offsetof(struct btrfs_dir_item, location.objectid));
	return 0;
}

static int take_group(struct subvolumes *all, const struct btrfs_ioctl_search_header *header, const unsigned char *data)
{
	if (header->type == BTRFS_QGROUP_INFO_KEY)
		all->groups++;
	else if (header->type == BTRFS_QGROUP_LIMIT_KEY && header->len >= 8 && le64(data))
		all->limits++;
	return 0;
}

/* Path of the directory in which the subvolume lies, relative to its parent subvolume, with a slash at its end. */
static int directory_path(int fd, const struct subvolume *item, char **ret)
{
	struct btrfs_ioctl_ino_lookup_args lookup = { .treeid = item->parent, .objectid = item->directory };

	if (ioctl(fd, BTRFS_IOC_INO_LOOKUP, &lookup) < 0)
		return -errno;
	lookup.name[sizeof(lookup.name) - 1] = '\0';
	*ret = strdup(lookup.name);
	return *ret ? 0 : -ENOMEM;
}

/* Solves one path; those of its parents must be there, or it stays for the next round. 1: solved. */
static int solve_path(int fd, const struct subvolumes *all, struct subvolume *item)
{
	const char *above = item->parent == BTRFS_FS_TREE_OBJECTID ? "" : NULL;
	AUTO_FREE char *directory = NULL;
	int r;

	for (size_t i = 0; !above && i < all->count; i++)
		if (all->items[i].number == item->parent)
			above = all->items[i].path;
	if (!above)
		return 0;
	r = directory_path(fd, item, &directory);
	/* Its directory was removed meanwhile. */
	if (r)
		return r == -ENOENT ? 0 : r;
	item->path = text_format("%s%s%s%s", above, *above ? "/" : "", directory, item->name);
	return item->path ? 1 : -ENOMEM;
}

static int solve_paths(int fd, struct subvolumes *all)
{
	bool again = true;

	while (again) {
		again = false;
		for (size_t i = 0; i < all->count; i++) {
			int r = all->items[i].name && !all->items[i].path ? solve_path(fd, all, &all->items[i]) : 0;

			if (r < 0)
				return r;
			if (r)
				again = true;
		}
	}
	return 0;
}

static int by_path(const void *a, const void *b)
{
	const struct subvolume *left = a, *right = b;

	if (!left->path || !right->path)
		return !left->path - !right->path;
	return strcmp(left->path, right->path);
}

static int read_all(int fd, struct subvolumes *all)
{
	struct btrfs_ioctl_search_key roots = {
		.tree_id = BTRFS_ROOT_TREE_OBJECTID,
		.min_objectid = FIRST_SUBVOLUME, .max_objectid = BTRFS_LAST_FREE_OBJECTID,
		.min_type = BTRFS_ROOT_ITEM_KEY, .max_type = BTRFS_ROOT_BACKREF_KEY,
		.max_offset = UINT64_MAX, .max_transid = UINT64_MAX,
	};
	struct btrfs_ioctl_search_key settings = {
		.tree_id = BTRFS_ROOT_TREE_OBJECTID,
		.min_objectid = BTRFS_ROOT_TREE_DIR_OBJECTID, .max_objectid = BTRFS_ROOT_TREE_DIR_OBJECTID,
		.min_type = BTRFS_DIR_ITEM_KEY, .max_type = BTRFS_DIR_ITEM_KEY,
		.max_offset = UINT64_MAX, .max_transid = UINT64_MAX,
	};
	struct btrfs_ioctl_search_key groups = {
		.tree_id = BTRFS_QUOTA_TREE_OBJECTID, .max_objectid = UINT64_MAX, .min_type = BTRFS_QGROUP_INFO_KEY,
		.max_type = BTRFS_QGROUP_LIMIT_KEY, .max_offset = UINT64_MAX, .max_transid = UINT64_MAX,
	};
	int r = search(fd, roots, all, take_root);

	if (!r)
		r = search(fd, settings, all, take_default);
	if (!r) {
		r = search(fd, groups, all, take_group);
		/* Without quotas there is no such tree. */
		r = r == -ENOENT ? 0 : r;
	}
	if (!r)
		r = solve_paths(fd, all);
	/* Parents come before what lies in them. */
	if (!r && all->count)
		qsort(all->items, all->count, sizeof(*all->items), by_path);
	return r;
}

/* The profile a kind of block groups has, as /sys/fs/btrfs tells for mounted filesystems. */
static int set_profile(const struct context *ctx, struct node *filesystem, const char *kind)
{
	static const char *const profiles[] = {
		"single", "dup", "raid0", "raid1", "raid10", "raid5", "raid6", "raid1c3", "raid1c4"
	};
	AUTO_FREE char *path = text_format("/sys/fs/btrfs/%s/allocation/%s", filesystem->uuid, kind);
	AUTO_FREE char *key = text_format("%s_profile", kind);
	AUTO_STRV char **entries = NULL;
	int r = path ? sysfs_list(ctx, path, &entries) : -ENOMEM;

	if (r < 0)
		return r;
	for (size_t i = 0; entries && key && i < ARRAY_LENGTH(profiles); i++)
		if (strv_contains(entries, profiles[i]))
			return node_property_set(filesystem, key, profiles[i]);
	return key ? 0 : -ENOMEM;
}

static int add_subvolume(struct layout *layout, struct node *filesystem, struct subvolume *item, uint64_t default_number)
{
	AUTO_FREE char *id = text_format("subvol:%s:%" PRIu64, strchr(filesystem->id, ':') + 1, item->number);
	struct node *node = id ? probe_add(layout, NODE_SUBVOLUME, id, filesystem->id) : NULL;

	if (!node)
		return -ENOMEM;
	node->subvolume.path = strdup(item->path);
	node->subvolume.number = item->number;
	node->subvolume.read_only = item->read_only;
	node->subvolume.is_default = item->number == default_number;
	node->uuid = TAKE_POINTER(item->uuid);
	node->subvolume.parent = TAKE_POINTER(item->snapshot_of);
	if (item->read_only && item->sent_generation <= INT64_MAX) {
		node->subvolume.received = TAKE_POINTER(item->received);
		node->subvolume.sent_generation = item->sent_generation;
	}
	return node->subvolume.path ? 0 : -ENOMEM;
}

int probe_subvolumes(struct context *ctx, struct layout *layout, struct node *filesystem, const char *path)
{
	CLEANUP(subvolumes_done) struct subvolumes all = { 0 };
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = fd < 0 ? -errno : 0;

	if (!r && filesystem->uuid)
		r = set_profile(ctx, filesystem, "data");
	if (!r && filesystem->uuid)
		r = set_profile(ctx, filesystem, "metadata");
	if (!r)
		r = read_all(fd, &all);
	if (r == -ENOMEM)
		return r;
	if (r)
		return context_fail(ctx, -r, "the subvolumes of the btrfs at %s cannot be read: %s", path, strerror(-r));
	if (all.groups)
		r = node_number_set(filesystem, "quota_groups", all.groups);
	if (!r && all.groups)
		r = node_number_set(filesystem, "quota_limits", all.limits);
	for (size_t i = 0; !r && i < all.count; i++)
		if (all.items[i].path)
			r = add_subvolume(layout, filesystem, &all.items[i], all.default_number);
	return r;
}
