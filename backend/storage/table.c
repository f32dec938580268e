/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes a partition table, after it was written to and read from a sparse file of the same size. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "../core/file.h"
#include "../core/ops.h"
#include "actions.h"
#include "device.h"
#include "hold.h"
#include "scratch.h"
#include "table_label.h"

static bool is_gpt(const struct node *disk)
{
	return !strcmp(node_table(disk), "gpt");
}

/* How many partitions the kernel gives the target disk, or an array that is not there yet: beyond that number it shows none (block/genhd.c). To a
 * disk of several paths it gives none at all: mappings have any number. */
#define KERNEL_PARTITIONS 256

static uint64_t kernel_partitions(struct context *ctx, const struct action *action)
{
	const struct node *disk = action->node->type == NODE_DISK ? action->disks[0] : NULL;
	const char *name = disk && !node_number(disk, MULTIPATH_PROPERTY) ? disk->disk.name : NULL;
	AUTO_FREE char *path = text_format("/sys/class/block/%s/ext_range", name ? name : "");
	AUTO_FREE char *text = path ? file_attribute(ctx, path) : NULL;
	uint64_t count;

	return text && parse_u64(text, &count) ? count : KERNEL_PARTITIONS;
}

static int check_numbers(struct context *ctx, const struct target *target, const struct action *action)
{
	uint64_t count = kernel_partitions(ctx, action);
	const struct node *partition;

	for (size_t at = 0; (partition = layout_next_child(target->result, action->node->id, NODE_PARTITION, &at));)
		if (partition->partition.number >= count)
			return context_fail(ctx, ENOTSUP,
					    "Partition %u cannot be made on %s, because the kernel shows no partition above number %llu of that "
					    "disk",
					    partition->partition.number, action->node->device, (unsigned long long)(count - 1));
	return 0;
}

/* Writes the whole table to a sparse file, and reads it again. */
static int try_table(struct context *ctx, const struct target *target, const struct node *disk)
{
	struct scratch AUTO_SCRATCH scratch = SCRATCH_NONE;
	int r = scratch_open(ctx, disk->size, SCRATCH_LITTLE, &scratch), there;

	if (!r)
		r = table_label_write(ctx, target, disk, scratch.fd);
	if (r)
		return r;
	there = table_label_is_there(ctx, target, disk, scratch.fd);
	return there > 0   ? 0
	       : there < 0 ? there
			   : context_fail(ctx, ENOTSUP,
					  "The captured partition table cannot be made on %s: tried on a sparse file, it "
					  "does not come out as it was captured",
					  disk->device);
}

/* An MBR counts sectors in 32 bits. */
static int tell_unreachable(struct context *ctx, const struct node *disk)
{
	uint64_t reach = (uint64_t)UINT32_MAX * (node_sector(disk) ? node_sector(disk) : 512);
	AUTO_FREE char *reached = bytes_print_size(reach), *has = bytes_print_size(disk->size);

	if (is_gpt(disk) || disk->size <= reach)
		return 0;
	if (!reached || !has)
		return context_oom(ctx);
	context_warn(ctx, "Of %s, which has %s, the captured MBR partition table reaches the first %s only: the rest stays unused, unless its table becomes a GPT", disk->device, has,
		     reached);
	return 0;
}

static int table_check(struct context *ctx, const struct target *target, const struct action *action)
{
	size_t primaries = 0;
	const struct node *partition;
	int r;

	if (!is_gpt(action->node) && strcmp(node_table(action->node), "dos"))
		return context_fail(ctx, ENOTSUP, "The captured disk has a '%s' partition table, which cannot be made",
				    node_table(action->node));
	for (size_t at = 0; (partition = layout_next_child(target->result, action->node->id, NODE_PARTITION, &at));)
		if (!is_gpt(action->node) && strcmp(partition->partition.role, "logical"))
			primaries++;
	if (primaries > 4)
		return context_fail(ctx, EINVAL, "The captured MBR has more than four primary partitions");
	if (node_table_mbr(action->node) && !table_label_keeps_mbr(target, action->node))
		context_warn(ctx, "The hybrid MBR of %s is not kept, because partitions do not lie where they lay: what starts by it must be "
				  "set up again", action->node->device);
	r = tell_unreachable(ctx, action->node);
	if (r == 0)
		r = check_numbers(ctx, target, action);
	return r ? r : try_table(ctx, target, action->node);
}

static char *table_print(const struct target *target, const struct action *action)
{
	size_t count = layout_count_children(target->result, action->node->id, NODE_PARTITION);

	return is_gpt(action->node) ? sentence(PLURAL(count, "Write a GPT partition table with %zu partition to %s",
						      "Write a GPT partition table with %zu partitions to %s"), count, action->node->device)
				    : sentence(PLURAL(count, "Write an MBR partition table with %zu partition to %s",
						      "Write an MBR partition table with %zu partitions to %s"), count, action->node->device);
}

struct table_work {
	const struct target *target;
	const struct node *disk;
};

/* An empty partition must not show what once lay in the same place. */
static int wipe_partition(struct context *ctx, const struct target *target, const struct node *partition)
{
	AUTO_CLOSE int fd = -1;
	int r;

	if (!strcmp(partition->partition.role, "extended"))
		return 0;
	r = hold_open_alone(ctx, target, partition, &fd);
	return r ? r : device_wipe(ctx, fd, partition->device, 0, 0);
}

static int show_partitions(struct context *ctx, const struct table_work *work, int fd)
{
	const struct node *partition;
	int r = 0;

	for (size_t at = 0; !r && (partition = layout_next_child(work->target->result, work->disk->id, NODE_PARTITION, &at));)
		r = device_show_partition(ctx, fd, work->disk, partition);
	return r;
}

static int table_change(struct context *ctx, void *data)
{
	const struct table_work *work = data;
	const struct node *partition;
	AUTO_CLOSE int fd = -1, shared = -1;
	int r = hold_open(ctx, work->target, work->disk, &shared);

	if (!r)
		r = device_forget_mappings(ctx, shared, work->disk->device);
	if (!r)
		r = hold_reopen_alone(ctx, shared, work->disk->device, &fd);
	/* A disk was emptied before anything else. */
	if (!r && work->disk->type != NODE_DISK)
		r = device_wipe(ctx, fd, work->disk->device, 0, 0);
	if (!r)
		r = table_label_write(ctx, work->target, work->disk, fd);
	if (!r)
		r = device_reread(ctx, fd, work->disk->device);
	if (r)
		return r;
	/* The exclusive hold on the whole disk would keep its partitions from being mapped, and from being opened alone. */
	if (node_number(work->disk, MULTIPATH_PROPERTY))
		close(TAKE_FD(fd));
	r = show_partitions(ctx, work, shared);
	if (fd >= 0)
		close(TAKE_FD(fd));
	for (size_t at = 0; !r && (partition = layout_next_child(work->target->result, work->disk->id, NODE_PARTITION, &at));)
		r = wipe_partition(ctx, work->target, partition);
	return r;
}

static int table_run(struct context *ctx, struct target *target, struct action *action)
{
	struct table_work work = { target, action->node };
	AUTO_FREE char *text = sentence("write the partition table of %s", action->node->device);

	if (!text)
		return context_oom(ctx);
	return ops_of(ctx)->change(ctx, text, table_change, &work);
}

static int open_change(struct context *ctx, void *data)
{
	const struct table_work *work = data;
	AUTO_CLOSE int fd = -1;
	int r = hold_open(ctx, work->target, work->disk, &fd);

	return r ? r : show_partitions(ctx, work, fd);
}

/* A kernel without a reader for this kind of table shows none of its partitions by itself. */
static int table_open(struct context *ctx, struct target *target, struct action *action)
{
	struct table_work work = { target, action->node };
	AUTO_FREE char *text = sentence("show the partitions of %s", action->node->device);

	return text ? ops_of(ctx)->change(ctx, text, open_change, &work) : context_oom(ctx);
}

/* Read by another reader than the writer. */
static int table_done(struct context *ctx, const struct target *target, const struct action *action)
{
	AUTO_CLOSE int fd = -1;
	int r = hold_open(ctx, target, action->node, &fd);

	return r ? r : table_label_is_there(ctx, target, action->node, fd);
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
	.open = table_open,
	.done = table_done,
	.stays = table_stays,
};
