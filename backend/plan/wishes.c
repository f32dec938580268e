/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "wishes.h"

#include <errno.h>
#include <string.h>

#include "../filesystems/mkfs.h"
#include "fit.h"
#include "fit_parts.h"
#include "sizes.h"

#define MIB (1ULL << 20)
/* Far beyond any disk, and sums of it do not overflow. */
#define WISH_LIMIT (1LL << 60)
/* mkswap(8) takes less; a smaller one serves nobody. */
#define SMALLEST_SWAP MIB

struct wish {
	const char *id;          /* of its node; borrowed, as is the kind */
	uint64_t size;           /* 0: as it comes */
	bool drop;
	const char *kind;        /* NULL: as captured */
};

/* ---- what may be wished ---- */

static bool is_on_partition(const struct layout *captured, const struct node *node)
{
	const struct node *on = node->on && !node->on[1] ? layout_find(captured, node->on[0]) : NULL;

	return on && on->type == NODE_PARTITION;
}

static bool is_on_disk(const struct layout *captured, const struct node *partition)
{
	const struct node *on = layout_find(captured, partition->on[0]);

	return on && on->type == NODE_DISK;
}

static bool has_role(const struct node *node, const char *role)
{
	return node->type == NODE_PARTITION && node->partition.role && !strcmp(node->partition.role, role);
}

static int check_size(struct context *ctx, const struct layout *captured, const struct node *node)
{
	const struct node *partition = node->type == NODE_PARTITION    ? node :
				       is_on_partition(captured, node) ? layout_find(captured, node->on[0]) :
									 NULL;

	if (partition && !has_role(partition, "extended") && is_on_disk(captured, partition))
		return 0;
	return context_fail(ctx, EINVAL,
			    "The size of %s cannot be chosen: only that of a partition of a disk that is not extended, or of what lies on one",
			    node->id);
}

static int check_drop(struct context *ctx, const struct node *node)
{
	if (node->type == NODE_DISK)
		return context_fail(ctx, EINVAL, "%s is a disk: leave it out where the disks are chosen", node->id);
	if (node->type == NODE_MOUNT || node->type == NODE_SUBVOLUME)
		return context_fail(ctx, EINVAL, N_("%s cannot be left out alone: leave out its filesystem"), node->id);
	return 0;
}

/* The firmware, the boot loader or the first programs read it before anything could be told of another kind. */
static bool is_needed_to_start(const char *path)
{
	static const char *const paths[] = { "/", "/boot", "/boot/efi", "/efi", "/usr" };

	for (size_t i = 0; i < ARRAY_LENGTH(paths); i++)
		if (!strcmp(path, paths[i]))
			return true;
	return false;
}

static int check_kind(struct context *ctx, const struct layout *captured, const struct node *node, const char *kind)
{
	const struct node *mount;
	AUTO_FREE char *why = NULL;

	if (node->type != NODE_FILESYSTEM || !fit_is_growable(node->filesystem.kind) || !mkfs_can_make(node, &why))
		return context_fail(ctx, EINVAL, "%s cannot become another kind of filesystem: only ext2, ext3, ext4, xfs and btrfs filesystems that "
				    "Lifeboat can recreate", node->id);
	if (!fit_is_growable(kind) || !mkfs_kind_find(kind))
		return context_fail(ctx, EINVAL, "%s cannot become '%s': the kinds are ext2, ext3, ext4, xfs and btrfs", node->id, kind);
	if (layout_child(captured, node->id, NODE_SUBVOLUME, 0))
		return context_fail(ctx, EINVAL, "%s has subvolumes and cannot become another kind of filesystem", node->id);
	for (size_t at = 0; (mount = layout_next_child(captured, node->id, NODE_MOUNT, &at));)
		if (is_needed_to_start(mount->mount.path))
			return context_fail(ctx, EINVAL, "%s holds %s, which the machine starts from: it cannot become another kind of filesystem",
					    node->id, mount->mount.path);
	return 0;
}

static int check_wish(struct context *ctx, const struct layout *captured, const struct wish *wish)
{
	const struct node *node = layout_find(captured, wish->id);
	int r = 0;

	if (!node)
		return context_fail(ctx, EINVAL, "A change of the plan names '%s', which the set does not have: 'lifeboat show --set SET --layout' "
				    "lists the ids", wish->id);
	if (wish->drop && (wish->size || wish->kind))
		return context_fail(ctx, EINVAL, "%s is both left out and changed", wish->id);
	if (wish->drop)
		return check_drop(ctx, node);
	if (wish->size)
		r = check_size(ctx, captured, node);
	return r || !wish->kind ? r : check_kind(ctx, captured, node, wish->kind);
}

static int read_size(struct context *ctx, json_t *value, struct wish *wish)
{
	if (!json_is_integer(value) || json_integer_value(value) <= 0 || json_integer_value(value) > WISH_LIMIT)
		return context_fail(ctx, EINVAL, "The size of %s must be a whole number of bytes, without unit and quotes: 21474836480 is 20 GiB",
				    wish->id);
	wish->size = (uint64_t)json_integer_value(value);
	return 0;
}

static int read_member(struct context *ctx, const char *key, json_t *value, struct wish *wish)
{
	if (!strcmp(key, "size"))
		return read_size(ctx, value, wish);
	if (!strcmp(key, "drop") && json_is_boolean(value))
		wish->drop = json_is_true(value);
	else if (!strcmp(key, "kind") && json_is_string(value))
		wish->kind = json_string_value(value);
	else
		return context_fail(ctx, EINVAL, "The change of %s has a wrong member '%s': there are \"size\" (bytes), \"drop\" (true or false) and "
				    "\"kind\" (of a filesystem)", wish->id, key);
	return 0;
}

/* The wish OBJECT for the node ID, which CAPTURED allows. */
static int read_wish(struct context *ctx, const struct layout *captured, const char *id, json_t *object, struct wish *ret)
{
	const char *key;
	json_t *value;
	int r = 0;

	*ret = (struct wish){ .id = id };
	if (!json_is_object(object))
		return context_fail(ctx, EINVAL, "The change of %s is no JSON object", id);
	json_object_foreach(object, key, value) {
		r = read_member(ctx, key, value, ret);
		if (r)
			return r;
	}
	return check_wish(ctx, captured, ret);
}

/* ---- leaving out ---- */

static bool is_dropped(json_t *wishes, const struct node *node)
{
	return json_is_true(json_object_get(json_object_get(wishes, node->id), "drop"));
}

/* Logical partitions lie in the extended one, though the graph has them on the disk; and the kernel numbers them without gaps. */
static int check_logical(struct context *ctx, const struct layout *captured, const struct layout *kept)
{
	for (size_t i = 0; i < captured->count; i++) {
		const struct node *gone = captured->nodes[i], *node;
		bool logical = has_role(gone, "logical");

		if (layout_find(kept, gone->id) || (!logical && !has_role(gone, "extended")))
			continue;
		for (size_t at = 0; (node = layout_next_child(kept, gone->on[0], NODE_PARTITION, &at));)
			if (has_role(node, "logical") && (!logical || node->partition.number > gone->partition.number))
				return context_fail(ctx, EINVAL,
						    logical ? N_("%s cannot be left out alone: the partition %s behind it would get another number") :
							      N_("%s cannot be left out alone: %s lies in it"),
						    gone->id, node->id);
	}
	return 0;
}

static int check_root(struct context *ctx, const struct layout *captured, const struct layout *kept)
{
	for (size_t i = 0; i < captured->count; i++) {
		const struct node *node = captured->nodes[i];

		if (node->type == NODE_MOUNT && !strcmp(node->mount.path, "/") && !layout_find(kept, node->id))
			return context_fail(ctx, EINVAL, "%s holds /, which the machine starts from: it cannot be left out, nor can what it lies on",
					    node->on[0]);
	}
	return 0;
}

/* What lay behind the dropped partition GONE moves up by whole MiB, the extended partition around it becomes smaller, and so does the disk. */
static void close_gap(struct layout *wanted, const struct node *gone)
{
	uint64_t size = gone->size / MIB * MIB, end = gone->partition.start + gone->size;
	struct node *disk = layout_find(wanted, gone->on[0]), *node;

	for (size_t at = 0; disk && (node = layout_next_child(wanted, disk->id, NODE_PARTITION, &at));) {
		if (node->partition.start >= end)
			node->partition.start -= size;
		else if (node->partition.start + node->size >= end)
			node->size -= size;
	}
	if (disk)
		disk->size -= size;
}

static int compare_places(const void *a, const void *b)
{
	const struct node *one = *(const struct node *const *)a, *two = *(const struct node *const *)b;

	return one->partition.start < two->partition.start ? 1 : one->partition.start > two->partition.start ? -1 : 0;
}

/* The logical partitions of a dropped extended one are dropped, too, and were no room of their own. */
static bool is_gap(const struct layout *captured, const struct layout *wanted, const struct node *node)
{
	const struct node *other;

	if (node->type != NODE_PARTITION || layout_find(wanted, node->id) || !is_on_disk(captured, node))
		return false;
	for (size_t at = 0; has_role(node, "logical") && (other = layout_next_child(captured, node->on[0], NODE_PARTITION, &at));)
		if (has_role(other, "extended") && !layout_find(wanted, other->id))
			return false;
	return true;
}

/* The last first, so that those in front are still where CAPTURED has them. */
static int close_gaps(struct context *ctx, const struct layout *captured, struct layout *wanted)
{
	AUTO_FREE const struct node **gaps = calloc(captured->count + 1, sizeof(*gaps));
	size_t count = 0;

	if (!gaps)
		return context_oom(ctx);
	for (size_t i = 0; i < captured->count; i++)
		if (is_gap(captured, wanted, captured->nodes[i]))
			gaps[count++] = captured->nodes[i];
	qsort(gaps, count, sizeof(*gaps), compare_places);
	for (size_t i = 0; i < count; i++)
		close_gap(wanted, gaps[i]);
	return 0;
}

static int copy_kept(struct context *ctx, json_t *wishes, const struct layout *captured, struct layout **ret)
{
	AUTO_FREE struct node **kept = calloc(captured->count + 1, sizeof(struct node *));
	AUTO_FREE bool *dropped = calloc(captured->count + 1, sizeof(*dropped));
	struct layout view = { .nodes = kept };
	int r;

	if (!kept || !dropped)
		return context_oom(ctx);
	for (size_t i = 0; i < captured->count; i++)
		dropped[i] = is_dropped(wishes, captured->nodes[i]);
	layout_spread(captured, dropped);
	for (size_t i = 0; i < captured->count; i++)
		if (!dropped[i])
			view.nodes[view.count++] = captured->nodes[i];
	r = check_root(ctx, captured, &view);
	if (!r)
		r = check_logical(ctx, captured, &view);
	if (!r)
		r = layout_copy(ctx, &view, ret);
	return r ? r : close_gaps(ctx, captured, *ret);
}

/* ---- kinds and sizes ---- */

static int change_kind(struct context *ctx, struct node *node, const char *kind)
{
	char *copy = strdup(kind);

	if (!copy)
		return context_oom(ctx);
	free(node->filesystem.kind);
	node->filesystem.kind = copy;
	node_properties_clear(node);
	return 0;
}

/* The partition that has the size of NODE, which it is or which lies on it, and what NODE's SIZE means for it. */
static struct node *sized_partition(const struct layout *wanted, struct node *node, uint64_t *size)
{
	struct node *partition = node->type == NODE_PARTITION ? node : layout_find(wanted, node->on[0]);

	if (node != partition && node->size && node->size < partition->size)
		*size += partition->size - node->size;
	return partition;
}

/* The least bytes that PARTITION, on DISK, may have by a wish. */
static uint64_t least_of(const struct layout *wanted, const struct node *partition, const struct node *disk)
{
	const struct node *content = sizes_content(wanted, partition);

	if (!content)
		return MIB;
	return content->type == NODE_SWAP ? SMALLEST_SWAP : sizes_minimum(wanted, content, partition->size, disk->disk.logical_sector);
}

static int change_size(struct context *ctx, struct layout *wanted, struct node *node, uint64_t size)
{
	struct node *partition = sized_partition(wanted, node, &size), *disk = layout_find(wanted, partition->on[0]);
	uint64_t least = least_of(wanted, partition, disk);
	AUTO_FREE char *needs = bytes_print_size(least), *has = NULL;

	if (partition->partition.fixed)
		return context_fail(ctx, EINVAL, "The size of %s was chosen twice", partition->id);
	partition->partition.fixed = true;
	if (size == partition->size)
		return 0;
	/* By whole MiB, so that what lies behind stays aligned. */
	size = size > partition->size ? partition->size + (size - partition->size + MIB - 1) / MIB * MIB
				      : partition->size - (partition->size - size) / MIB * MIB;
	has = bytes_print_size(size);
	if (size < partition->size && size < least)
		return context_fail(ctx, ENOSPC, "%s cannot become as small as %s: its contents need %s", partition->id, has ? has : "",
				    needs ? needs : "");
	return solver_resize(wanted, disk, partition, size) ? context_oom(ctx) : 0;
}

static int read_wishes(struct context *ctx, const struct layout *captured, json_t *wishes, struct wish *list)
{
	const char *id;
	json_t *object;
	int r;

	json_object_foreach(wishes, id, object) {
		r = read_wish(ctx, captured, id, object, list++);
		if (r)
			return r;
	}
	return 0;
}

int wishes_apply(struct context *ctx, json_t *wishes, const struct layout *captured, struct layout **ret)
{
	AUTO_FREE struct wish *list = calloc(json_object_size(wishes) + 1, sizeof(*list));
	AUTO_LAYOUT struct layout *before = NULL, *wanted = NULL;
	int r;

	if (wishes && !json_is_object(wishes))
		return context_fail(ctx, EINVAL, "The changes of the plan are no JSON object");
	r = list ? read_wishes(ctx, captured, wishes, list) : context_oom(ctx);
	if (!r)
		r = copy_kept(ctx, wishes, captured, &wanted);
	for (const struct wish *wish = list; !r && wish->id; wish++) {
		struct node *node = wish->kind ? layout_find(wanted, wish->id) : NULL;

		if (node && strcmp(wish->kind, node->filesystem.kind))
			r = change_kind(ctx, node, wish->kind);
	}
	if (!r)
		r = layout_copy(ctx, wanted, &before);
	for (const struct wish *wish = list; !r && wish->id; wish++) {
		struct node *node = wish->size ? layout_find(wanted, wish->id) : NULL;

		if (node)
			r = change_size(ctx, wanted, node, wish->size);
	}
	if (!r)
		r = sizes_carry(ctx, before, wanted);
	if (!r)
		*ret = TAKE_POINTER(wanted);
	return r;
}
