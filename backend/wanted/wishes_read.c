/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What may be wished of a node, and reading it. */
#include <errno.h>
#include <string.h>

#include "../filesystems/mkfs.h"
#include "../fit/fit.h"
#include "../fit/sizes.h"
#include "../fit/sizes_group.h"
#include "../layout/image.h"
#include "wishes_members.h"
#include "wishes_parts.h"
#include "wishes_spread.h"

/* Far beyond any disk, and for all LAYOUT_PARTITION_LIMIT partitions of a disk the sum does not overflow. */
#define WISH_LIMIT (1ULL << 53)

/* A partition, or a volume of a group, as it is, or the one that NODE is all of. */
const struct node *wish_sized(const struct layout *layout, const struct node *node)
{
	const struct node *on = node->on && node->on[0] && !node->on[1] ? layout_find(layout, node->on[0]) : NULL;

	if (node->type == NODE_PARTITION)
		return !wish_has_role(node, "extended") && wish_is_on_disk(layout, node) ? node : NULL;
	if (node->type == NODE_LV && on && on->type == NODE_VG && group_extent(layout, on))
		return volume_is_movable(layout, node) && !volume_is_hidden(node) ? node : NULL;
	if (node->type == NODE_LV || node->type == NODE_MOUNT || node->type == NODE_SUBVOLUME || !on)
		return NULL;
	return on->type == NODE_PARTITION || on->type == NODE_LV ? wish_sized(layout, on) : NULL;
}

static int check_size(struct context *ctx, const struct layout *captured, const struct node *node)
{
	AUTO_FREE char *name = wish_name(node);

	if (wish_sized(captured, node))
		return 0;
	return context_fail(ctx, EINVAL,
			    "The size of %s cannot be chosen: only that of a partition of a disk that is not extended, of a linear LVM volume, "
			    "or of what lies on one",
			    name ? name : node->id);
}

static int check_drop(struct context *ctx, const struct node *node)
{
	AUTO_FREE char *name = wish_name(node);

	if (node->type == NODE_DISK)
		return context_fail(ctx, EINVAL, "%s is a disk: leave it out where the disks are chosen", name ? name : node->id);
	if (node->type == NODE_MOUNT || node->type == NODE_SUBVOLUME)
		return context_fail(ctx, EINVAL, N_("%s cannot be left out alone: leave out its filesystem"), name ? name : node->id);
	return 0;
}

static const char *const kinds[] = { "ext4", "xfs", "btrfs", "ext3", "ext2" };

/* Why NODE cannot be made as another kind of filesystem; NULL: it can. New string. */
static char *kind_refusal(const struct layout *captured, const struct node *node)
{
	const struct node *mount;
	AUTO_FREE char *why = NULL, *name = wish_name(node);

	if (node->type != NODE_FILESYSTEM || !fit_is_growable(node->filesystem.kind) || node_image(node) || node->on[1] || !mkfs_can_make(node, &why))
		return sentence("%s cannot become another kind of filesystem: only ext2, ext3, ext4, xfs and btrfs filesystems on one device that "
				"Lifeboat can recreate", name ? name : node->id);
	if (layout_child(captured, node->id, NODE_SUBVOLUME, 0))
		return sentence("%s has subvolumes and cannot become another kind of filesystem", name ? name : node->id);
	for (size_t at = 0; (mount = layout_next_child(captured, node->id, NODE_MOUNT, &at));)
		if (mount_is_needed_to_start(mount))
			return sentence("%s holds %s, which the machine starts from: it cannot become another kind of filesystem", name ? name : node->id,
					mount->mount.path);
	return NULL;
}

const char *const *wish_kinds(const struct layout *captured, const struct node *node, size_t *ret_count)
{
	AUTO_FREE char *refusal = kind_refusal(captured, node);

	*ret_count = refusal ? 0 : ARRAY_LENGTH(kinds);
	return kinds;
}

static int check_kind(struct context *ctx, const struct layout *captured, const struct node *node, const char *kind)
{
	AUTO_FREE char *refusal = kind_refusal(captured, node), *name = wish_name(node);
	bool known = false;

	for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
		known |= !strcmp(kind, kinds[i]);
	if (refusal)
		return context_fail(ctx, EINVAL, "%s", refusal);
	if (!known)
		return context_fail(ctx, EINVAL, "%s cannot become '%s': the kinds are ext2, ext3, ext4, xfs and btrfs", name ? name : node->id, kind);
	return 0;
}

/* Whether all members of ARRAY are partitions of disks, or whole disks: such a one can have more room. */
static bool is_on_disks(const struct layout *captured, const struct node *array)
{
	bool all = array->size > 0;

	for (char **id = array->on; all && *id; id++) {
		const struct node *member = layout_find(captured, *id);

		all = member && (member->type == NODE_DISK || (member->type == NODE_PARTITION && wish_is_on_disk(captured, member)));
	}
	return all;
}

char *wish_plain_refusal(const struct layout *captured, const struct node *node)
{
	AUTO_FREE char *name = wish_name(node);
	const char *level = node->type == NODE_RAID ? node_property(node, "level") : NULL;

	if (node->type != NODE_LUKS && node->type != NODE_RAID)
		return sentence("%s cannot be made without itself: \"plain\" is for encrypted containers and for arrays", name ? name : node->id);
	if (node->type == NODE_RAID && (!level || strcmp(level, "raid1")) && !is_on_disks(captured, node))
		return sentence("%s is no mirror, and its members are not partitions of disks or disks: what is spread over them cannot be laid onto one "
				"of them", name ? name : node->id);
	if (!sizes_content(captured, node))
		return sentence("Nothing is known of what lies on %s, so that it cannot be made without it", name ? name : node->id);
	return NULL;
}

/* 0; -EINVAL with the sentence REFUSAL (taken) when there is one. */
static int check_refusal(struct context *ctx, char *refusal)
{
	AUTO_FREE char *text = refusal;

	return text ? context_fail(ctx, EINVAL, "%s", text) : 0;
}

static int check_plain(struct context *ctx, const struct layout *captured, const struct wish *wish, const struct node *node)
{
	AUTO_FREE char *name = wish_name(node);
	int r = check_refusal(ctx, wish_plain_refusal(captured, node));

	if (r || !wish->member || strv_contains(node->on, wish->member))
		return r;
	return context_fail(ctx, EINVAL, "'%s' is no member of %s", wish->member, name ? name : node->id);
}

char *wish_onto_refusal(const struct node *disk)
{
	AUTO_FREE char *name = wish_name(disk);

	return disk->type == NODE_DISK ? NULL : sentence("%s is no disk: \"onto\" lays a saved disk onto another one", name ? name : disk->id);
}

static int check_onto(struct context *ctx, const struct layout *captured, const struct node *node, const char *onto)
{
	const struct node *other = layout_find(captured, onto);
	AUTO_FREE char *name = wish_name(node);
	int r = check_refusal(ctx, wish_onto_refusal(node));

	if (r == 0 && (!other || other->type != NODE_DISK || other == node))
		return context_fail(ctx, EINVAL, "%s cannot be laid onto '%s', which is no other disk of the set: 'lifeboat show --set SET --layout' lists "
				    "the ids", name ? name : node->id, onto);
	return r;
}

/* What is laid onto a disk goes where that goes, so that one itself is laid onto none. */
static int check_chains(struct context *ctx, const struct layout *captured, const struct wish *list)
{
	for (const struct wish *wish = list; wish->id; wish++)
		for (const struct wish *other = list; wish->onto && other->id; other++) {
			AUTO_FREE char *name = wish_name(layout_find(captured, wish->id)), *onto = wish_name(layout_find(captured, wish->onto));

			if (other->onto && !strcmp(wish->onto, other->id))
				return context_fail(ctx, EINVAL, "%s cannot be laid onto %s, which is laid onto another disk itself: name that one",
						    name ? name : wish->id, onto ? onto : wish->onto);
		}
	return 0;
}

static int check_table(struct context *ctx, const struct node *node, const char *table)
{
	AUTO_FREE char *name = wish_name(node);

	if (node->type != NODE_DISK || !node->disk.table)
		return context_fail(ctx, EINVAL, "%s is no disk with a partition table: \"table\" is for those", name ? name : node->id);
	if (strcmp(table, "gpt") && strcmp(table, "dos"))
		return context_fail(ctx, EINVAL, "The partition table of %s cannot become '%s': there are \"gpt\" and \"dos\" (an MBR)",
				    name ? name : node->id, table);
	return 0;
}

static int check_wish(struct context *ctx, const struct layout *captured, const struct wish *wish)
{
	const struct node *node = layout_find(captured, wish->id);
	int r = 0;

	if (wish->drop && (wish->sizing || wish->kind || wish->plain || wish->onto || wish->members || wish->has_spares || wish->spread ||
			   wish->table)) {
		AUTO_FREE char *name = wish_name(node);

		return context_fail(ctx, EINVAL, "%s is both left out and changed", name ? name : wish->id);
	}
	if (wish->drop)
		return check_drop(ctx, node);
	if (wish->sizing)
		r = check_size(ctx, captured, node);
	if (!r && wish->plain)
		r = check_plain(ctx, captured, wish, node);
	if (!r && wish->onto)
		r = check_onto(ctx, captured, node, wish->onto);
	if (!r && (wish->members || wish->has_spares))
		r = check_refusal(ctx, wish_members_refusal(captured, node));
	if (!r && wish->spread)
		r = check_refusal(ctx, wish_spread_refusal(captured, node));
	if (!r && wish->table)
		r = check_table(ctx, node, wish->table);
	return r || !wish->kind ? r : check_kind(ctx, captured, node, wish->kind);
}

/* "20GiB", "512 MiB", "30%", "rest": false for anything else. */
static bool read_size_text(const char *text, struct wish *wish)
{
	static const struct { const char *name; unsigned shift; } units[] = { { "KiB", 10 }, { "MiB", 20 }, { "GiB", 30 }, { "TiB", 40 } };
	size_t digits = strspn(text, "0123456789");
	AUTO_FREE char *number = strndup(text, digits);
	const char *unit = text + digits + strspn(text + digits, " ");
	uint64_t value;

	if (!strcmp(text, "rest")) {
		wish->sizing = SIZING_REST;
		return true;
	}
	if (!number || !parse_u64(number, &value) || !value)
		return false;
	if (!strcmp(unit, "%") && value <= 100) {
		wish->sizing = SIZING_SHARE;
		wish->percent = (unsigned)value;
		return true;
	}
	for (size_t i = 0; i < ARRAY_LENGTH(units); i++) {
		if (strcmp(unit, units[i].name) || value > WISH_LIMIT >> units[i].shift)
			continue;
		wish->sizing = SIZING_FIXED;
		wish->size = value << units[i].shift;
		return true;
	}
	return false;
}

static int read_size(struct context *ctx, const char *name, json_t *value, struct wish *wish)
{
	AUTO_FREE char *quoted = NULL;

	/* So few bytes are a number whose unit was forgotten. */
	if (json_is_integer(value) && json_integer_value(value) >= 1 << 20 && (uint64_t)json_integer_value(value) <= WISH_LIMIT) {
		wish->sizing = SIZING_FIXED;
		wish->size = (uint64_t)json_integer_value(value);
		return 0;
	}
	if (json_is_string(value) && read_size_text(json_string_value(value), wish))
		return 0;
	quoted = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
	return context_fail(ctx, EINVAL, "The size of %s must be a whole number of bytes (21474836480), a text with a unit (\"20GiB\", \"512MiB\"), "
			    "a part of the disk or volume group (\"30%%\"), or \"rest\"; it is %.100s", name, quoted ? quoted : "?");
}

/* Members or disks that one would sensibly have. */
#define COUNT_LIMIT 32

/* Reads VALUE, a number from LEAST on. False for anything else. */
static bool read_count(json_t *value, unsigned least, unsigned *ret)
{
	if (!json_is_integer(value) || json_integer_value(value) < least || json_integer_value(value) > COUNT_LIMIT)
		return false;
	*ret = (unsigned)json_integer_value(value);
	return true;
}

/* What is chosen of arrays, groups and disks. False when KEY is none of that, or VALUE makes no sense. */
static bool read_shape(const char *key, json_t *value, struct wish *wish)
{
	if (!strcmp(key, "members"))
		return read_count(value, 1, &wish->members);
	if (!strcmp(key, "spares"))
		return wish->has_spares = read_count(value, 0, &wish->spares);
	if (!strcmp(key, "spread"))
		return read_count(value, 1, &wish->spread);
	if (!strcmp(key, "onto") && json_is_string(value)) {
		wish->onto = json_string_value(value);
		return true;
	}
	if (strcmp(key, "plain") || !(json_is_boolean(value) || json_is_string(value)))
		return false;
	wish->plain = !json_is_false(value);
	wish->member = json_string_value(value);
	return true;
}

static int read_member(struct context *ctx, const char *name, const char *key, json_t *value, struct wish *wish)
{
	if (!strcmp(key, "size"))
		return read_size(ctx, name, value, wish);
	if (!strcmp(key, "drop") && json_is_boolean(value))
		wish->drop = json_is_true(value);
	else if (!strcmp(key, "kind") && json_is_string(value))
		wish->kind = json_string_value(value);
	else if (!strcmp(key, "table") && json_is_string(value))
		wish->table = json_string_value(value);
	else if (!read_shape(key, value, wish))
		return context_fail(ctx, EINVAL, "The change of %s has a wrong member '%s': there are \"size\" (bytes, or a text such as "
				    "\"20GiB\", \"30%%\", \"rest\"), \"drop\" (true or false), \"kind\" (of a filesystem), \"plain\" "
				    "(true: without an encrypted container or mirror, but with what lies on it), \"onto\" (of a disk: the id of the saved "
				    "disk whose target disk it shares), \"members\" and \"spares\" (of an array: how many), \"spread\" (of a volume "
				    "group: over how many more disks) and \"table\" (of a disk: \"gpt\" or \"dos\")", name, key);
	return 0;
}

/* The wish OBJECT for the node ID, which CAPTURED allows. */
static int read_wish(struct context *ctx, const struct layout *captured, const char *id, json_t *object, struct wish *ret)
{
	const struct node *node = layout_find(captured, id);
	AUTO_FREE char *name = NULL;
	const char *key;
	json_t *value;
	int r = 0;

	*ret = (struct wish){ .id = id };
	if (!node)
		return context_fail(ctx, EINVAL, "A change of the plan names '%s', which the set does not have: 'lifeboat show --set SET --layout' "
				    "lists the ids", id);
	name = wish_name(node);
	if (!json_is_object(object))
		return context_fail(ctx, EINVAL, "The change of %s is no JSON object", name ? name : id);
	json_object_foreach(object, key, value) {
		r = read_member(ctx, name ? name : id, key, value, ret);
		if (r)
			return r;
	}
	return check_wish(ctx, captured, ret);
}

int wishes_read(struct context *ctx, const struct layout *captured, json_t *wishes, struct wish *list)
{
	struct wish unknown = { 0 }, *next = list;
	const char *id;
	json_t *object;
	int r = 0;

	json_object_foreach(wishes, id, object)
		if (!layout_find(captured, id))
			return read_wish(ctx, captured, id, object, &unknown);
	for (size_t i = 0; r == 0 && i < captured->count; i++) {
		object = json_object_get(wishes, captured->nodes[i]->id);
		if (object)
			r = read_wish(ctx, captured, captured->nodes[i]->id, object, next++);
	}
	return r == 0 ? check_chains(ctx, captured, list) : r;
}
