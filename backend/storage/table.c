/* Writes a partition table through libfdisk: label, identifiers and all partitions in memory first, one write at the
 * end.
 */
#include <blkid.h>
#include <errno.h>
#include <inttypes.h>
#include <libfdisk.h>
#include <string.h>

#include "../core/ops.h"
#include "actions.h"
#include "device.h"

/* fdisk.h of util-linux: the first bit of an MBR entry's status byte, as libfdisk numbers flags. */
#define MBR_FLAG_ACTIVE 1
#define DEFAULT_FIRST_SECTOR 2048
#define GPT_ENTRIES 128

static void cleanup_fdisk(struct fdisk_context **fdisk)
{
	fdisk_unref_context(*fdisk);
}

static void cleanup_fdisk_partition(struct fdisk_partition **partition)
{
	fdisk_unref_partition(*partition);
}

static void cleanup_script(struct fdisk_script **script)
{
	fdisk_unref_script(*script);
}

static bool is_gpt(const struct node *disk)
{
	return !strcmp(disk->disk.table, "gpt");
}

static int table_check(struct context *ctx, const struct plan *plan, const struct action *action)
{
	size_t primaries = 0;
	const struct node *partition;

	if (!is_gpt(action->node) && strcmp(action->node->disk.table, "dos"))
		return context_fail(ctx, ENOTSUP, "The captured disk has a '%s' partition table, which cannot be made",
				    action->node->disk.table);
	for (size_t i = 0; (partition = layout_child(plan->result, action->node->id, NODE_PARTITION, i)); i++)
		if (!is_gpt(action->node) && strcmp(partition->partition.role, "logical"))
			primaries++;
	if (primaries > 4)
		return context_fail(ctx, EINVAL, "The captured MBR has more than four primary partitions");
	return 0;
}

static char *table_print(const struct plan *plan, const struct action *action)
{
	size_t count = 0;

	while (layout_child(plan->result, action->node->id, NODE_PARTITION, count))
		count++;
	return text_format("Write %s partition table with %zu partition%s to %s",
			   is_gpt(action->node) ? "a GPT" : "an MBR", count, count == 1 ? "" : "s", action->node->device);
}

static int fail_libfdisk(struct context *ctx, const struct node *disk, int r)
{
	return context_fail(ctx, r < 0 ? -r : EIO, "The partition table of %s could not be made: %s", disk->device,
			    strerror(r < 0 ? -r : EIO));
}

/* An empty label in memory. A script's headers are libfdisk's only way to a GPT with room for many entries, or with
 * partitions before its usual first sector. */
static int new_label(struct fdisk_context *fdisk, const struct plan *plan, const struct node *disk)
{
	CLEANUP(cleanup_script) struct fdisk_script *script = fdisk_new_script(fdisk);
	uint64_t sector = fdisk_get_sector_size(fdisk), first = DEFAULT_FIRST_SECTOR, least;
	AUTO_FREE char *first_text = NULL, *entries_text = NULL;
	const struct node *partition;
	uint32_t entries = disk->disk.table_entries ? disk->disk.table_entries : GPT_ENTRIES;
	int r;

	if (disk->disk.first_usable)
		first = disk->disk.first_usable / sector;
	for (size_t i = 0; (partition = layout_child(plan->result, disk->id, NODE_PARTITION, i)); i++) {
		if (partition->partition.start / sector < first)
			first = partition->partition.start / sector;
		if (partition->partition.number > entries)
			entries = partition->partition.number;
	}
	/* The header, and entries of 128 bytes (UEFI 2.10, 5.3), come before. */
	least = 2 + ((uint64_t)entries * 128 + sector - 1) / sector;
	if (first < least)
		first = least;
	first_text = text_format("%" PRIu64, first);
	entries_text = text_format("%" PRIu32, entries);
	if (!script || !first_text || !entries_text)
		return -ENOMEM;
	r = fdisk_script_set_header(script, "label", disk->disk.table);
	if (!r && is_gpt(disk) && first != DEFAULT_FIRST_SECTOR)
		r = fdisk_script_set_header(script, "first-lba", first_text);
	if (!r && is_gpt(disk) && entries != GPT_ENTRIES)
		r = fdisk_script_set_header(script, "table-length", entries_text);
	if (!r)
		r = fdisk_set_script(fdisk, script);
	if (!r)
		r = fdisk_create_disklabel(fdisk, disk->disk.table);
	if (!r && disk->disk.table_id)
		r = fdisk_set_disklabel_id_from_string(fdisk, disk->disk.table_id);
	fdisk_set_script(fdisk, NULL);
	/* An MBR may begin anywhere behind itself; the partitions say where. */
	if (!r && !is_gpt(disk))
		r = fdisk_set_first_lba(fdisk, 1);
	return r;
}

static int add_partition(struct fdisk_context *fdisk, const struct node *disk, const struct node *node)
{
	CLEANUP(cleanup_fdisk_partition) struct fdisk_partition *partition = fdisk_new_partition();
	struct fdisk_label *label = fdisk_get_label(fdisk, NULL);
	const struct partition_info *info = &node->partition;
	uint64_t sector = fdisk_get_sector_size(fdisk);
	struct fdisk_parttype *type = fdisk_label_parse_parttype(label, is_gpt(disk) ? info->kind : info->kind + 2);
	size_t number = info->number - 1;
	int r;

	if (!partition || !type)
		return -ENOMEM;
	fdisk_partition_set_partno(partition, number);
	fdisk_partition_set_start(partition, info->start / sector);
	fdisk_partition_set_size(partition, node->size / sector);
	fdisk_partition_size_explicit(partition, 1);
	r = fdisk_partition_set_type(partition, type);
	fdisk_unref_parttype(type);
	if (!r && info->name)
		r = fdisk_partition_set_name(partition, info->name);
	if (!r && info->uuid)
		r = fdisk_partition_set_uuid(partition, info->uuid);
	if (!r)
		r = fdisk_add_partition(fdisk, partition, &number);
	if (!r && number != info->number - 1)
		r = -EINVAL;
	if (!r && is_gpt(disk) && info->attributes)
		r = fdisk_gpt_set_partition_attrs(fdisk, number, info->attributes);
	if (!r && !is_gpt(disk) && info->active)
		r = fdisk_toggle_partition_flag(fdisk, number, MBR_FLAG_ACTIVE);
	return r;
}

/* In order of numbers: logical partitions are numbered as they come, after the extended one. */
static const struct node *next_partition(const struct plan *plan, const struct node *disk, uint32_t after)
{
	const struct node *partition, *next = NULL;

	for (size_t i = 0; (partition = layout_child(plan->result, disk->id, NODE_PARTITION, i)); i++)
		if (partition->partition.number > after &&
		    (!next || partition->partition.number < next->partition.number))
			next = partition;
	return next;
}

struct table_work {
	const struct plan *plan;
	const struct node *disk;
};

static int write_table(struct context *ctx, const struct plan *plan, const struct node *disk, int fd)
{
	CLEANUP(cleanup_fdisk) struct fdisk_context *fdisk = fdisk_new_context();
	const struct node *partition = NULL;
	int r;

	if (!fdisk)
		return context_fail(ctx, ENOMEM, "out of memory");
	fdisk_disable_dialogs(fdisk, 1);
	r = fdisk_assign_device_by_fd(fdisk, fd, disk->device, 0);
	if (!r && fdisk_get_sector_size(fdisk) != disk->disk.logical_sector)
		r = -ESTALE;
	if (!r)
		r = new_label(fdisk, plan, disk);
	if (r)
		return fail_libfdisk(ctx, disk, r);
	while ((partition = next_partition(plan, disk, partition ? partition->partition.number : 0))) {
		r = add_partition(fdisk, disk, partition);
		if (r)
			return context_fail(ctx, r < 0 ? -r : EINVAL,
					    "Partition %" PRIu32 " could not be put on %s where it must be: %s",
					    partition->partition.number, disk->device, strerror(r < 0 ? -r : EINVAL));
	}
	r = fdisk_write_disklabel(fdisk);
	if (r)
		return fail_libfdisk(ctx, disk, r);
	/* The descriptor stays the caller's, and with it the hold on the disk. */
	fdisk_deassign_device(fdisk, 1);
	return 0;
}

/* An empty partition must not show what once lay in the same place. */
static int wipe_partition(struct context *ctx, const struct node *partition)
{
	AUTO_CLOSE int fd = -1;
	int r;

	if (!strcmp(partition->partition.role, "extended"))
		return 0;
	r = device_open(ctx, partition->device, &fd);
	return r ? r : device_wipe(ctx, fd, partition->device, 0, 0);
}

static int table_change(struct context *ctx, void *data)
{
	const struct table_work *work = data;
	const struct node *partition;
	AUTO_CLOSE int fd = -1;
	int r = device_open(ctx, work->disk->device, &fd);

	if (!r)
		r = write_table(ctx, work->plan, work->disk, fd);
	if (!r)
		r = device_reread(ctx, fd, work->disk->device);
	for (size_t i = 0; !r && (partition = layout_child(work->plan->result, work->disk->id, NODE_PARTITION, i)); i++)
		r = device_show_partition(ctx, fd, work->disk, partition);
	if (r)
		return r;
	/* The hold on the whole disk would keep its partitions from being opened alone. */
	close(TAKE_FD(fd));
	for (size_t i = 0; !r && (partition = layout_child(work->plan->result, work->disk->id, NODE_PARTITION, i)); i++)
		r = wipe_partition(ctx, partition);
	return r;
}

static int table_run(struct context *ctx, struct plan *plan, struct action *action)
{
	struct table_work work = { plan, action->node };
	AUTO_FREE char *text = text_format("write the partition table of %s", action->node->device);

	if (!text)
		return context_fail(ctx, ENOMEM, "out of memory");
	return ctx->ops->change(ctx, text, table_change, &work);
}

static void cleanup_probe(blkid_probe *probe)
{
	blkid_free_probe(*probe);
}

static bool same_text(const char *one, const char *two)
{
	return (!one && !two) || (one && two && !strcasecmp(one, two));
}

static bool partition_is_there(const struct node *disk, blkid_partlist list, const struct node *node)
{
	blkid_partition partition = blkid_partlist_get_partition_by_partno(list, (int)node->partition.number);
	bool extended = !strcmp(node->partition.role, "extended");
	AUTO_FREE char *kind = NULL;

	if (!partition)
		return false;
	kind = is_gpt(disk)
		       ? strdup(blkid_partition_get_type_string(partition) ? blkid_partition_get_type_string(partition)
									   : "")
		       : text_format("0x%02x", (unsigned)blkid_partition_get_type(partition));
	return kind && same_text(kind, node->partition.kind) &&
	       (uint64_t)blkid_partition_get_start(partition) == node->partition.start / 512 &&
	       (extended || (uint64_t)blkid_partition_get_size(partition) == node->size / 512) &&
	       (!node->partition.uuid || same_text(blkid_partition_get_uuid(partition), node->partition.uuid));
}

/* Read by libblkid, another reader than the writer. */
static int table_done(struct context *ctx, const struct plan *plan, const struct action *action)
{
	CLEANUP(cleanup_probe) blkid_probe probe = blkid_new_probe_from_filename(action->node->device);
	const struct node *node;
	blkid_partlist list;
	blkid_parttable table;
	const char *id;

	if (!probe)
		return context_fail(ctx, EIO, "%s could not be read", action->node->device);
	blkid_probe_enable_partitions(probe, 1);
	blkid_probe_set_partitions_flags(probe, BLKID_PARTS_ENTRY_DETAILS);
	list = blkid_probe_get_partitions(probe);
	table = list ? blkid_partlist_get_table(list) : NULL;
	id = table ? blkid_parttable_get_id(table) : NULL;
	if (!table || strcmp(blkid_parttable_get_type(table), action->node->disk.table))
		return 0;
	/* libblkid writes an MBR's id without 0x. */
	if (action->node->disk.table_id && !same_text(id, action->node->disk.table_id + (is_gpt(action->node) ? 0 : 2)))
		return 0;
	for (size_t i = 0; (node = layout_child(plan->result, action->node->id, NODE_PARTITION, i)); i++)
		if (!partition_is_there(action->node, list, node))
			return 0;
	return 1;
}

/* What is written through to the disk is there after a power failure too. */
static bool table_stays(const struct action *action)
{
	(void)action;
	return true;
}

const struct action_type action_table = {
	.name = "table",
	.destructive = true,
	.check = table_check,
	.print = table_print,
	.run = table_run,
	.done = table_done,
	.stays = table_stays,
};
