/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "wishes_join.h"

#include <errno.h>
#include <string.h>

#include "../fit/array_members.h"
#include "../fit/sizes.h"
#include "partition_kinds.h"
#include "shape.h"
#include "table_kind.h"

static bool is_mirror(const struct node *node)
{
	const char *level = node->type == NODE_RAID ? node_property(node, "level") : NULL;

	return level && !strcmp(level, "raid1");
}

/* Whether ARRAY has a member that lies on DISK alone, other than number EXCEPT. */
static bool has_member_on(const struct layout *layout, const struct node *array, const struct node *disk, size_t except)
{
	for (size_t i = 0; array->on[i]; i++)
		if (i != except && layout_disk_of(layout, layout_find(layout, array->on[i])) == disk)
			return true;
	return false;
}

/* Two members of a mirror on one disk keep what they hold no safer than one: those on FROM go where DISK has one, and the partitions that they
 * were. 0 or -ENOMEM. */
static int thin_mirror(struct layout *layout, struct node *array, const struct node *disk, const struct node *from)
{
	size_t count = strv_length(array->on);
	AUTO_FREE bool *gone = calloc(count, sizeof(*gone));
	AUTO_STRV char **emptied = NULL;
	int r = gone ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < count; i++) {
		struct node *member = layout_find(layout, array->on[i]);

		gone[i] = layout_disk_of(layout, member) == from && has_member_on(layout, array, disk, i);
		if (gone[i] && member->type == NODE_PARTITION)
			r = strv_append(&emptied, member->id);
	}
	if (r == 0)
		r = array_remove(array, gone);
	for (char **id = emptied; r == 0 && id && *id; id++)
		layout_remove(layout, layout_find(layout, *id));
	return r;
}

static int thin_mirrors(struct layout *layout, const struct node *disk, const struct node *from)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < layout->count; i++) {
		struct node *array = layout->nodes[i];

		if (is_mirror(array) && has_member_on(layout, array, disk, SIZE_MAX) && has_member_on(layout, array, from, SIZE_MAX)) {
			r = thin_mirror(layout, array, disk, from);
			i = 0;
		}
	}
	return r;
}

/* The first partition of DISK that has none before it, but for extended ones; NULL: there are no more. */
static struct node *first_partition(const struct layout *layout, const struct node *disk)
{
	struct node *first = NULL, *node;

	for (size_t at = 0; (node = layout_next_child(layout, disk->id, NODE_PARTITION, &at));)
		if (!wish_has_role(node, "extended") && (!first || node->partition.start < first->partition.start))
			first = node;
	return first;
}

static bool is_table(const struct node *disk, const char *table)
{
	return disk->disk.table && !strcmp(disk->disk.table, table);
}

static size_t count_places(const struct layout *layout, const struct node *disk)
{
	const struct node *node;
	size_t count = 0;

	for (size_t at = 0; (node = layout_next_child(layout, disk->id, NODE_PARTITION, &at));)
		count += !wish_has_role(node, "extended");
	return count ? count : sizes_content(layout, disk) != NULL;
}

static void drop_extended(struct layout *layout, const struct node *disk)
{
	struct node *node = layout_child(layout, disk->id, NODE_PARTITION, 0);

	if (node)
		layout_remove(layout, node);
}

/* DISK has nothing: the table that FROM has becomes its own, so that names of partitions stay true. 0 or -ENOMEM. */
static int take_table(struct node *disk, struct node *from)
{
	disk->disk.table = TAKE_POINTER(from->disk.table);
	disk->disk.table_id = TAKE_POINTER(from->disk.table_id);
	disk->disk.table_entries = from->disk.table_entries;
	from->disk.table_entries = 0;
	return 0;
}

/* Only one partition of an MBR is active. */
static void settle_active(const struct layout *layout, const struct node *disk, struct node *partition)
{
	const struct node *node;

	for (size_t at = 0; (node = layout_next_child(layout, disk->id, NODE_PARTITION, &at));)
		partition->partition.active &= !node->partition.active;
}

/* What lies on all of FROM lies on a partition of DISK. 0 or -errno with a sentence. */
static int place_whole(struct context *ctx, struct layout *layout, struct node *disk, const struct node *from, const struct node *content)
{
	AUTO_FREE char *id = text_format("%s.whole", from->id);
	struct node *partition;
	int r = id && shape_move_contents(layout, from->id, id) == 0 ? 0 : context_oom(ctx);

	return r < 0 ? r : shape_add_partition(ctx, layout, disk, id, shape_whole_size(layout, from, content), partition_kind_of(content, true),
						&partition);
}

/* The loader of FROM, which had its place in front of the first partition of an MBR, needs a partition in a GPT. 0 or -errno with a sentence. */
static int place_loader(struct context *ctx, struct layout *layout, struct node *disk, const struct node *from)
{
	const struct node *node;

	if (!from->disk.boot_code || !is_table(from, "dos") || !is_table(disk, "gpt"))
		return 0;
	for (size_t at = 0; (node = layout_next_child(layout, disk->id, NODE_PARTITION, &at));)
		if (partition_is_bios_boot(node))
			return 0;
	return shape_add_boot_room(ctx, layout, disk);
}

/* Firmware looks for a system partition in a GPT, or among the primary partitions of an MBR. 0 or -EINVAL with a sentence. */
static int check_esp(struct context *ctx, const struct layout *layout, const struct node *disk, const struct node *from)
{
	AUTO_FREE char *name = wish_name(disk), *other = wish_name(from);
	const struct node *node;

	for (size_t at = 0; is_table(disk, "dos") && (node = layout_next_child(layout, from->id, NODE_PARTITION, &at));)
		if (partition_is_esp(node))
			return context_fail(ctx, EINVAL, "%s holds an EFI system partition, and cannot be laid onto %s, which has an MBR: lay that one "
					    "onto it instead, or choose a GPT for it (\"table\": \"gpt\")", other ? other : from->id, name ? name : disk->id);
	return 0;
}

static int join(struct context *ctx, struct layout *layout, struct node *disk, struct node *from)
{
	struct node *partition, *content;
	size_t count;
	int r = check_esp(ctx, layout, disk, from);

	if (r == 0)
		r = thin_mirrors(layout, disk, from) < 0 ? context_oom(ctx) : 0;
	if (r < 0)
		return r;
	count = count_places(layout, from);
	content = sizes_content(layout, from);
	if (!disk->disk.table && !sizes_content(layout, disk) && from->disk.table)
		r = take_table(disk, from);
	if (r == 0 && count)
		r = shape_make_room(ctx, layout, disk, count);
	if (r == 0)
		r = place_loader(ctx, layout, disk, from);
	while (r == 0 && (partition = first_partition(layout, from))) {
		settle_active(layout, disk, partition);
		r = shape_place(ctx, layout, disk, partition);
	}
	if (r == 0 && content)
		r = place_whole(ctx, layout, disk, from, content);
	if (r < 0)
		return r;
	drop_extended(layout, from);
	disk->disk.boot_code |= from->disk.boot_code;
	disk->used = from->used < disk->size - disk->used ? disk->used + from->used : disk->size;
	layout_remove(layout, from);
	return 0;
}

int wishes_join(struct context *ctx, const struct wish *list, struct layout *layout)
{
	int r = 0;

	for (const struct wish *wish = list; r == 0 && wish->id; wish++)
		if (wish->onto)
			r = join(ctx, layout, layout_find(layout, wish->onto), layout_find(layout, wish->id));
	return r;
}
