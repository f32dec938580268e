/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rules of the graph: what may lie on what, geometry of partitions, clean names. Foreign layouts pass here before anything
 * believes them, probed ones before they are stored.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <uuid/uuid.h>

#include "../core/bytes.h"
#include "../core/sentence.h"
#include "image.h"

#define BIT(type) (1u << (type))
/* What carries content as one stretch of blocks. */
#define BLOCKS (BIT(NODE_DISK) | BIT(NODE_PARTITION) | BIT(NODE_RAID) | BIT(NODE_LUKS) | BIT(NODE_LV))

struct rule {
	unsigned lies_on;        /* types it may lie on */
	size_t least, most;      /* how many nodes it lies on */
};

static const struct rule rules[NODE_TYPE_COUNT] = {
	[NODE_DISK] = { 0, 0, 0 },
	[NODE_PARTITION] = { BIT(NODE_DISK) | BIT(NODE_RAID), 1, 1 },
	[NODE_RAID] = { BLOCKS, 1, LAYOUT_ON_LIMIT },
	[NODE_LUKS] = { BLOCKS, 1, 1 },
	[NODE_PV] = { BLOCKS, 1, 1 },
	[NODE_VG] = { BIT(NODE_PV), 1, LAYOUT_ON_LIMIT },
	[NODE_LV] = { BIT(NODE_VG) | BIT(NODE_LV), 1, LAYOUT_ON_LIMIT },
	[NODE_FILESYSTEM] = { BLOCKS, 1, LAYOUT_ON_LIMIT },
	[NODE_SUBVOLUME] = { BIT(NODE_FILESYSTEM), 1, 1 },
	[NODE_SWAP] = { BLOCKS, 1, 1 },
	[NODE_MOUNT] = { BIT(NODE_FILESYSTEM) | BIT(NODE_SUBVOLUME), 1, 1 },
};

/* What a node was found to carry so far. */
struct carried {
	bool content, partitions;
	bool extended;           /* it is an extended partition */
};

/* The state of one check. */
struct check {
	struct context *ctx;
	const struct layout *layout;
	json_t *positions;       /* id -> index of the nodes seen so far */
	json_t *names;           /* names that may be there once only: mount paths, subvolumes */
	struct carried *carried; /* one a node */
};

static bool only(const char *text, const char *set, size_t least, size_t most)
{
	size_t length = strlen(text);

	return length >= least && length <= most && strspn(text, set) == length;
}

static bool is_guid(const char *text)
{
	uuid_t bytes;

	return uuid_parse(text, bytes) == 0;
}

static bool is_hex(const char *text, size_t digits)
{
	return !strncmp(text, "0x", 2) && only(text + 2, "0123456789abcdefABCDEF", digits, digits);
}

/* Text that goes into argument vectors and configuration: no control characters. */
static bool is_printable(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return false;
	return true;
}

/* PATH without empty, "." and ".." components, and no slash at its end. */
static bool is_clean_path(const char *path)
{
	size_t length;

	for (;;) {
		length = strcspn(path, "/");
		if (!length || length > 255 || (length == 1 && path[0] == '.') ||
		    (length == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		if (!path[length])
			return true;
		path += length + 1;
	}
}

static size_t position_of(const struct check *check, const char *id)
{
	json_t *position = json_object_get(check->positions, id);

	return position ? (size_t)json_integer_value(position) : SIZE_MAX;
}

/* Remembers that NAME on what NODE lies on is taken. */
static int check_once(struct check *check, const struct node *node, const char *name)
{
	AUTO_FREE char *escaped = bytes_escape(name, strlen(name));
	AUTO_FREE char *key = text_format("%s %s %s", node_type_name(node->type),
					  node->type == NODE_MOUNT ? "" : node->on[0], escaped ? escaped : "");

	if (!escaped || !key)
		return context_oom(check->ctx);
	if (json_object_get(check->names, key))
		return context_fail(check->ctx, EINVAL, "layout: %s is there twice: %s", node_type_name(node->type), escaped);
	return json_object_set_new(check->names, key, json_true()) ? context_oom(check->ctx) : 0;
}

static int check_common(struct check *check, const struct node *node)
{
	if (node->size > INT64_MAX || node->used > INT64_MAX || (node->size && node->used > node->size))
		return context_fail(check->ctx, EINVAL, "layout: size or used bytes of node %s are impossible", node->id);
	/* It goes into argument vectors: never an option. */
	if (node->uuid && (!isalnum((unsigned char)node->uuid[0]) || strlen(node->uuid) > 64 ||
			   strspn(node->uuid, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-") !=
			   strlen(node->uuid)))
		return context_fail(check->ctx, EINVAL, "layout: the UUID of node %s is malformed", node->id);
	if (node->label && (!*node->label || strlen(node->label) > 256))
		return context_fail(check->ctx, EINVAL, "layout: the label of node %s is malformed", node->id);
	for (size_t i = 0; i < node->property_count; i++)
		if (!only(node->properties[i].key, "abcdefghijklmnopqrstuvwxyz0123456789_", 1, 64) ||
		    !is_printable(node->properties[i].value))
			return context_fail(check->ctx, EINVAL, "layout: a property of node %s is malformed", node->id);
	return 0;
}

/* Everything a node lies on is an earlier node of an allowed type, and each carries one content only. */
static int check_on(struct check *check, const struct node *node)
{
	const struct rule *rule = &rules[node->type];
	size_t count = strv_length(node->on);

	if (count < rule->least || count > rule->most)
		return context_fail(check->ctx, EINVAL, "layout: node %s lies on %zu nodes, which a %s cannot",
				    node->id, count, node_type_name(node->type));
	for (size_t i = 0; i < count; i++) {
		size_t at = position_of(check, node->on[i]);
		const struct node *below;
		struct carried *carried;

		if (at == SIZE_MAX)
			return context_fail(check->ctx, EINVAL, "layout: node %s lies on %s, which is not before it",
					    node->id, node->on[i]);
		below = check->layout->nodes[at];
		if (!(rule->lies_on & BIT(below->type)))
			return context_fail(check->ctx, EINVAL, "layout: a %s (%s) cannot lie on a %s (%s)",
					    node_type_name(node->type), node->id, node_type_name(below->type), below->id);
		/* A group and a volume carry volumes, a filesystem mounts; a volume may be the origin of others and still have its content. */
		if (!(BIT(below->type) & (BLOCKS | BIT(NODE_PV))) || node->type == NODE_LV)
			continue;
		carried = &check->carried[at];
		if (carried->content || (node->type != NODE_PARTITION && (carried->partitions || carried->extended)))
			return context_fail(check->ctx, EINVAL, "layout: node %s carries more than one content", below->id);
		if (node->type == NODE_PARTITION)
			carried->partitions = true;
		else
			carried->content = true;
	}
	return 0;
}

static bool disk_texts_are_sane(const struct disk_info *disk)
{
	const char *texts[] = { disk->name, disk->model, disk->serial, disk->wwn, disk->by_path, disk->transport };

	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++)
		if (texts[i] && (!*texts[i] || strlen(texts[i]) > 256 || !is_printable(texts[i])))
			return false;
	return true;
}

static int check_disk(struct check *check, const struct node *node)
{
	const struct disk_info *disk = &node->disk;
	bool gpt = disk->table && !strcmp(disk->table, "gpt"), dos = disk->table && !strcmp(disk->table, "dos");

	if (!node->size)
		return context_fail(check->ctx, EINVAL, "layout: disk %s has no size", node->id);
	if (!is_power_of_two(disk->logical_sector) || disk->logical_sector < 512 || disk->logical_sector > 65536 ||
	    !is_power_of_two(disk->physical_sector) || disk->physical_sector < disk->logical_sector)
		return context_fail(check->ctx, EINVAL, "layout: the sector sizes of disk %s are impossible", node->id);
	if (!disk_texts_are_sane(disk))
		return context_fail(check->ctx, EINVAL, "layout: a name of disk %s is malformed", node->id);
	if (disk->table && !gpt && !dos)
		return context_fail(check->ctx, EINVAL, "layout: the table of disk %s is neither \"gpt\" nor \"dos\"", node->id);
	if ((disk->table && !disk->table_id) || (!disk->table && disk->table_id) ||
	    (gpt && !is_guid(disk->table_id)) || (dos && !is_hex(disk->table_id, 8)))
		return context_fail(check->ctx, EINVAL, "layout: the table id of disk %s is malformed", node->id);
	if (disk->mbr && (!gpt || !is_hex(disk->mbr, 2 * LAYOUT_MBR_LENGTH)))
		return context_fail(check->ctx, EINVAL, "layout: the MBR of disk %s is malformed", node->id);
	if (((disk->table_entries || disk->first_usable) && !gpt) || disk->table_entries > LAYOUT_TABLE_LIMIT ||
	    disk->first_usable >= node->size)
		return context_fail(check->ctx, EINVAL, "layout: the table of disk %s is impossible", node->id);
	return 0;
}

static bool overlap(const struct node *a, const struct node *b)
{
	return a->partition.start < b->partition.start + b->size && b->partition.start < a->partition.start + a->size;
}

static bool has_role(const struct node *node, const char *role)
{
	return !strcmp(node->partition.role, role);
}

/* Against the partitions of the same disk that came before. */
static int check_neighbours(struct check *check, const struct node *node)
{
	const struct node *extended = NULL;

	for (size_t i = 0; check->layout->nodes[i] != node; i++) {
		const struct node *other = check->layout->nodes[i];
		bool inside;

		if (other->type != NODE_PARTITION || strcmp(other->on[0], node->on[0]))
			continue;
		if (other->partition.number == node->partition.number)
			return context_fail(check->ctx, EINVAL, "layout: disk %s has partition %u twice", node->on[0],
					    node->partition.number);
		if (has_role(other, "extended"))
			extended = other;
		inside = has_role(node, "logical") && has_role(other, "extended");
		if (!inside && overlap(node, other))
			return context_fail(check->ctx, EINVAL, "layout: partitions %s and %s overlap", other->id, node->id);
	}
	if (has_role(node, "extended") && extended)
		return context_fail(check->ctx, EINVAL, "layout: disk %s has two extended partitions", node->on[0]);
	if (has_role(node, "logical") &&
	    (!extended || node->partition.start < extended->partition.start ||
	     node->partition.start + node->size > extended->partition.start + extended->size))
		return context_fail(check->ctx, EINVAL, "layout: logical partition %s does not lie in an extended one", node->id);
	return 0;
}

static int check_partition(struct check *check, const struct node *node)
{
	const struct partition_info *partition = &node->partition;
	const struct node *disk = check->layout->nodes[position_of(check, node->on[0])];
	const char *table = node_table(disk);
	bool gpt = table && !strcmp(table, "gpt");
	bool logical, extended;

	if (!table)
		return context_fail(check->ctx, EINVAL, "layout: disk %s has partitions but no table", disk->id);
	if (!partition->kind || !partition->role)
		return context_fail(check->ctx, EINVAL, "layout: partition %s has no kind or role", node->id);
	logical = has_role(node, "logical");
	extended = has_role(node, "extended");
	if (!partition->number || partition->number > LAYOUT_PARTITION_LIMIT ||
	    (!gpt && logical != (partition->number > 4)))
		return context_fail(check->ctx, EINVAL, "layout: partition %s has an impossible number", node->id);
	if ((!has_role(node, "primary") && !logical && !extended) || (gpt && (logical || extended)))
		return context_fail(check->ctx, EINVAL, "layout: partition %s has an impossible role", node->id);
	if (gpt ? !is_guid(partition->kind) : !is_hex(partition->kind, 2))
		return context_fail(check->ctx, EINVAL, "layout: the kind of partition %s is malformed", node->id);
	if ((partition->uuid && (!gpt || !is_guid(partition->uuid))) ||
	    (partition->name && (!gpt || strlen(partition->name) > 256)))
		return context_fail(check->ctx, EINVAL, "layout: UUID or name of partition %s is malformed", node->id);
	/* Subtractions, so that nothing overflows. */
	if (!node->size || node->size > disk->size || partition->start > disk->size - node->size || !partition->start ||
	    partition->start % node_sector(disk) || node->size % node_sector(disk))
		return context_fail(check->ctx, EINVAL, "layout: partition %s does not lie in its disk", node->id);
	check->carried[position_of(check, node->id)].extended = extended;
	return check_neighbours(check, node);
}

/* An array may carry a partition table as a disk does. */
static int check_raid(struct check *check, const struct node *node)
{
	const char *table = node_table(node), *id = node_table_id(node), *mbr = node_table_mbr(node);
	bool gpt = table && !strcmp(table, "gpt"), dos = table && !strcmp(table, "dos");
	uint64_t entries = node_number(node, "table_entries"), first = node_first_usable(node);

	if (!table && !id)
		return 0;
	if (!id || !(gpt ? is_guid(id) : dos && is_hex(id, 8)) || !is_power_of_two(node_sector(node)) || node_sector(node) < 512 ||
	    node_sector(node) > 65536 || ((mbr || entries || first) && !gpt) || (mbr && !is_hex(mbr, 2 * LAYOUT_MBR_LENGTH)) ||
	    entries > LAYOUT_TABLE_LIMIT || (first && first >= node->size))
		return context_fail(check->ctx, EINVAL, "layout: the table of array %s is impossible", node->id);
	return 0;
}

static int check_filesystem(struct check *check, const struct node *node)
{
	const struct filesystem_info *filesystem = &node->filesystem;
	const char *why;

	if (!filesystem->kind || !isalnum((unsigned char)filesystem->kind[0]) ||
	    !only(filesystem->kind, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-.", 1, 64))
		return context_fail(check->ctx, EINVAL, "layout: the kind of filesystem %s is malformed", node->id);
	why = image_complaint(check->layout, node);
	return why ? context_fail(check->ctx, EINVAL, "layout: the image of %s makes no sense: %s", node->id, sentence_words(why)) : 0;
}

static int check_subvolume(struct check *check, const struct node *node)
{
	const char *path = node->subvolume.path;

	if (!path || !is_clean_path(path) || node->subvolume.number < 256)
		return context_fail(check->ctx, EINVAL, "layout: path or number of subvolume %s is malformed", node->id);
	if ((node->uuid && !is_guid(node->uuid)) || (node->subvolume.parent && !is_guid(node->subvolume.parent)) ||
	    (node->subvolume.received && !is_guid(node->subvolume.received)))
		return context_fail(check->ctx, EINVAL, "layout: a UUID of subvolume %s is malformed", node->id);
	return check_once(check, node, path);
}

static int check_mount(struct check *check, const struct node *node)
{
	const char *path = node->mount.path;

	if (!path || path[0] != '/' || (path[1] && !is_clean_path(path + 1)))
		return context_fail(check->ctx, EINVAL, "layout: the path of mount %s is malformed", node->id);
	/* A reserved name: one directory below it, and a whole filesystem there. */
	if (!strcmp(path, LAYOUT_UNMOUNTED) ||
	    (mount_is_private(node) && (strchr(path + sizeof(LAYOUT_UNMOUNTED), '/') ||
					check->layout->nodes[position_of(check, node->on[0])]->type != NODE_FILESYSTEM)))
		return context_fail(check->ctx, EINVAL, "layout: the path of mount %s is reserved", node->id);
	if (node->mount.options && !is_printable(node->mount.options))
		return context_fail(check->ctx, EINVAL, "layout: the options of mount %s are malformed", node->id);
	return check_once(check, node, path);
}

static int check_swap(struct check *check, const struct node *node)
{
	uint32_t page = node->swap.page_size;

	if (page && (!is_power_of_two(page) || page < 4096 || page > 1u << 20))
		return context_fail(check->ctx, EINVAL, "layout: the page size of swap %s is impossible", node->id);
	return 0;
}

static int check_node(struct check *check, const struct node *node, size_t position)
{
	int r = check_common(check, node);

	if (!r)
		r = check_on(check, node);
	if (r)
		return r;
	if (position_of(check, node->id) != SIZE_MAX)
		return context_fail(check->ctx, EINVAL, "layout: the id %s is there twice", node->id);
	if (json_object_set_new(check->positions, node->id, json_integer((json_int_t)position)))
		return context_oom(check->ctx);
	switch (node->type) {
	case NODE_DISK:
		return check_disk(check, node);
	case NODE_PARTITION:
		return check_partition(check, node);
	case NODE_RAID:
		return check_raid(check, node);
	case NODE_FILESYSTEM:
		return check_filesystem(check, node);
	case NODE_SUBVOLUME:
		return check_subvolume(check, node);
	case NODE_SWAP:
		return check_swap(check, node);
	case NODE_MOUNT:
		return check_mount(check, node);
	default:
		return 0;
	}
}

int layout_check(struct context *ctx, const struct layout *layout)
{
	AUTO_FREE struct carried *carried = calloc(layout->count + 1, sizeof(*carried));
	struct check check = {
		.ctx = ctx,
		.layout = layout,
		.positions = json_object(),
		.names = json_object(),
		.carried = carried,
	};
	const struct node *tangled;
	int r = 0;

	if (!carried || !check.positions || !check.names)
		r = context_oom(ctx);
	else if (layout->count > LAYOUT_NODE_LIMIT)
		r = context_fail(ctx, EINVAL, "layout: it has more than %d nodes", LAYOUT_NODE_LIMIT);
	for (size_t i = 0; !r && i < layout->count; i++)
		r = check_node(&check, layout->nodes[i], i);
	json_decref(check.positions);
	json_decref(check.names);
	tangled = r ? NULL : layout_tangled(layout);
	return tangled ? context_fail(ctx, EINVAL, "layout: node %s lies on others in too many ways", tangled->id) : r;
}
