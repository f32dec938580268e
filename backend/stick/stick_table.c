/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "stick_table.h"

#include <blkid.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "../core/bytes.h"
#include "../devices/partitions.h"
#include "../storage/device.h"
#include "../storage/table_label.h"

#define MIB (1ull << 20)
/* What flash memory is erased by, as far as that can be known. */
#define UNIT (4 * MIB)
#define SETS_MIN (64 * MIB)

/* Types: UEFI specification 2.10, 5.3.3; GRUB manual, "BIOS installation"; Discoverable Partitions Specification ("generic Linux data"). */
static const struct {
	const char *kind, *name;
} kinds[STICK_PARTS] = {
	[STICK_BIOS] = { "21686148-6449-6E6F-744E-656564454649", "lifeboat-bios" },
	[STICK_BOOT] = { "C12A7328-F81F-11D2-BA4B-00A0C93EC93B", "lifeboat-boot" },
	[STICK_SETS] = { "0FC63DAF-8483-4772-8E79-3D69D8477DE4", "lifeboat-sets" },
};

static uint64_t up(uint64_t value)
{
	return (value + UNIT - 1) / UNIT * UNIT;
}

int stick_table_plan(struct context *ctx, const struct stick_disk *disk, uint64_t boot, struct stick_table *ret)
{
	uint64_t sets = UNIT + up(boot), least = sets + SETS_MIN + UNIT;

	if (disk->node->size < least) {
		AUTO_FREE char *needed = bytes_print_size(least), *size = bytes_print_size(disk->node->size);

		return context_fail(ctx, ENOSPC, "%s is too small: a stick with this rescue system needs %s, and it has %s. Take a larger one, or leave out the tools image with --no-tools. Nothing was written",
				    disk->node->device, needed ? needed : "?", size ? size : "?");
	}
	*ret = (struct stick_table){ {
		[STICK_BIOS] = { MIB, MIB },
		[STICK_BOOT] = { UNIT, up(boot) },
		/* The last MiB is for the second copy of the table. */
		[STICK_SETS] = { sets, (disk->node->size - MIB) / UNIT * UNIT - sets },
	} };
	return 0;
}

static int add_partition(struct context *ctx, struct stick_disk *disk, const struct stick_table *table, unsigned part)
{
	AUTO_FREE char *id = text_format("part:0.%u", part + 1), *device = NULL;
	struct node *node = id ? layout_add(disk->layout, NODE_PARTITION, id) : NULL;

	if (!node || strv_append(&node->on, disk->node->id) < 0 || block_partition_name(ctx, disk->node->disk.name, part + 1, &device) < 0 || !device)
		return context_oom(ctx);
	node->size = table->parts[part].size;
	node->device = text_format("/dev/%s", device);
	node->partition.number = part + 1;
	node->partition.start = table->parts[part].start;
	node->partition.kind = strdup(kinds[part].kind);
	node->partition.name = strdup(kinds[part].name);
	node->partition.role = strdup("primary");
	return node->device && node->partition.kind && node->partition.name && node->partition.role ? 0 : context_oom(ctx);
}

int stick_table_write(struct context *ctx, struct stick_disk *disk, const struct stick_table *table)
{
	const struct target target = { .captured = disk->layout, .present = disk->layout, .result = disk->layout };
	const struct node *partition;
	int r = 0;

	disk->node->disk.table = strdup("gpt");
	if (!disk->node->disk.table)
		return context_oom(ctx);
	for (unsigned part = 0; r == 0 && part < STICK_PARTS; part++)
		r = add_partition(ctx, disk, table, part);
	if (r == 0)
		r = device_wipe(ctx, disk->fd, disk->node->device, 0, 0);
	if (r == 0)
		r = table_label_write(ctx, &target, disk->node, disk->fd);
	if (r == 0)
		r = stick_disk_settle(ctx, disk);
	if (r == 0)
		r = table_label_is_there(ctx, &target, disk->node, disk->fd);
	if (r == 0)
		r = context_fail(ctx, EIO, "%s does not give back the partition table that was written to it: the stick is broken", disk->node->device);
	if (r > 0)
		r = device_reread(ctx, disk->fd, disk->node->device);
	for (size_t at = 0; r == 0 && (partition = layout_next_child(disk->layout, disk->node->id, NODE_PARTITION, &at));)
		r = device_show_partition(ctx, disk->fd, disk->node, partition);
	return r;
}

static void cleanup_probe(blkid_probe *probe)
{
	blkid_free_probe(*probe);
}

int stick_table_read(struct context *ctx, const struct stick_disk *disk, struct stick_table *ret)
{
	CLEANUP(cleanup_probe) blkid_probe probe = blkid_new_probe();
	blkid_partlist list;

	if (!probe || blkid_probe_set_device(probe, disk->fd, 0, 0))
		return context_fail(ctx, EIO, "The partition table of %s cannot be read", disk->node->device);
	blkid_probe_enable_partitions(probe, 1);
	blkid_probe_set_partitions_flags(probe, BLKID_PARTS_ENTRY_DETAILS);
	list = blkid_probe_get_partitions(probe);
	if (!list || blkid_partlist_numof_partitions(list) != STICK_PARTS)
		return 0;
	for (int part = 0; part < STICK_PARTS; part++) {
		blkid_partition partition = blkid_partlist_get_partition_by_partno(list, part + 1);
		const char *kind = partition ? blkid_partition_get_type_string(partition) : NULL;
		const char *name = partition ? blkid_partition_get_name(partition) : NULL;

		if (!kind || !name || strcasecmp(kind, kinds[part].kind) || strcmp(name, kinds[part].name))
			return 0;
		ret->parts[part] = (struct stick_part){ (uint64_t)blkid_partition_get_start(partition) * 512,
							(uint64_t)blkid_partition_get_size(partition) * 512 };
		if (ret->parts[part].start > disk->node->size || ret->parts[part].size > disk->node->size - ret->parts[part].start)
			return 0;
	}
	return 1;
}
