/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "table_label.h"

#include <blkid.h>
#include <errno.h>
#include <inttypes.h>
#include <libfdisk.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../superblocks/gpt.h"

/* fdisk.h of util-linux: the first bit of an MBR entry's status byte, as libfdisk numbers flags. */
#define MBR_FLAG_ACTIVE 1
#define DEFAULT_FIRST_SECTOR 2048
#define GPT_ENTRIES 128
#define NO_MBR_ID "0x00000000"
#define NO_GPT_ID "00000000-0000-0000-0000-000000000000"

static void cleanup_fdisk(struct fdisk_context **fdisk)
{
	fdisk_unref_context(*fdisk);
}

static void cleanup_fdisk_partition(struct fdisk_partition **partition)
{
	fdisk_unref_partition(*partition);
}

static void cleanup_fdisk_type(struct fdisk_parttype **type)
{
	fdisk_unref_parttype(*type);
}

static void cleanup_script(struct fdisk_script **script)
{
	fdisk_unref_script(*script);
}

static void cleanup_probe(blkid_probe *probe)
{
	blkid_free_probe(*probe);
}

static bool is_gpt(const struct node *disk)
{
	return !strcmp(node_table(disk), "gpt");
}

/* Whether FD is a device, which tells its sectors itself. */
static bool is_device(int fd)
{
	struct stat status;

	return !fstat(fd, &status) && S_ISBLK(status.st_mode);
}

static int fail_libfdisk(struct context *ctx, const struct node *disk, int r)
{
	return context_fail(ctx, r < 0 ? -r : EIO, "The partition table of %s cannot be made: %s", disk->device,
			    strerror(r < 0 ? -r : EIO));
}

/* An empty label in memory. A script's headers are libfdisk's only way to a GPT with room for many entries, or with
 * partitions before its usual first sector. */
static int new_label(struct fdisk_context *fdisk, const struct target *target, const struct node *disk)
{
	CLEANUP(cleanup_script) struct fdisk_script *script = fdisk_new_script(fdisk);
	uint64_t sector = fdisk_get_sector_size(fdisk), first = DEFAULT_FIRST_SECTOR, least;
	AUTO_FREE char *first_text = NULL, *entries_text = NULL;
	const struct node *partition;
	uint32_t entries = node_table_entries(disk) ? node_table_entries(disk) : GPT_ENTRIES;
	int r;

	if (node_first_usable(disk))
		first = node_first_usable(disk) / sector;
	for (size_t at = 0; (partition = layout_next_child(target->result, disk->id, NODE_PARTITION, &at));) {
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
	r = fdisk_script_set_header(script, "label", node_table(disk));
	/* Always said: libfdisk's own choice follows the device's preferred size of requests. */
	if (!r && is_gpt(disk))
		r = fdisk_script_set_header(script, "first-lba", first_text);
	if (!r && is_gpt(disk) && entries != GPT_ENTRIES)
		r = fdisk_script_set_header(script, "table-length", entries_text);
	if (!r)
		r = fdisk_set_script(fdisk, script);
	if (!r)
		r = fdisk_create_disklabel(fdisk, node_table(disk));
	if (!r && node_table_id(disk))
		r = fdisk_set_disklabel_id_from_string(fdisk, node_table_id(disk));
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
	CLEANUP(cleanup_fdisk_type) struct fdisk_parttype *type =
		fdisk_label_parse_parttype(label, is_gpt(disk) ? info->kind : info->kind + 2);
	size_t number = info->number - 1;
	int r;

	if (!partition)
		return -ENOMEM;
	if (!type)
		return -EINVAL;
	fdisk_partition_set_partno(partition, number);
	fdisk_partition_set_start(partition, info->start / sector);
	fdisk_partition_set_size(partition, node->size / sector);
	fdisk_partition_size_explicit(partition, 1);
	r = fdisk_partition_set_type(partition, type);
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
static const struct node *next_partition(const struct target *target, const struct node *disk, uint32_t after)
{
	const struct node *partition, *next = NULL;

	for (size_t at = 0; (partition = layout_next_child(target->result, disk->id, NODE_PARTITION, &at));)
		if (partition->partition.number > after &&
		    (!next || partition->partition.number < next->partition.number))
			next = partition;
	return next;
}

/* The table in memory of FDISK becomes that of DISK. 0 or -errno with a sentence. */
static int fill_label(struct context *ctx, struct fdisk_context *fdisk, const struct target *target, const struct node *disk)
{
	const struct node *partition = NULL;
	int r = new_label(fdisk, target, disk);

	if (r)
		return fail_libfdisk(ctx, disk, r);
	while ((partition = next_partition(target, disk, partition ? partition->partition.number : 0))) {
		r = add_partition(fdisk, disk, partition);
		if (r)
			return context_fail(ctx, r < 0 ? -r : EINVAL, "Partition %u cannot be put on %s where and as it must be: %s",
				partition->partition.number, disk->device, strerror(r < 0 ? -r : EINVAL));
	}
	return 0;
}

bool table_label_keeps_mbr(const struct target *target, const struct node *disk)
{
	const struct node *before = layout_find(target->captured, disk->id), *partition;

	if (!node_table_mbr(disk) || !before)
		return false;
	if (!gpt_mbr_is_hybrid(node_table_mbr(disk)))
		return true;
	if (node_sector(before) != node_sector(disk))
		return false;
	for (size_t at = 0; (partition = layout_next_child(target->captured, disk->id, NODE_PARTITION, &at));) {
		const struct node *now = layout_find(target->result, partition->id);

		if (!now || now->partition.start != partition->partition.start || now->size != partition->size)
			return false;
	}
	return true;
}

/* libfdisk has no way to letters beyond the BMP. */
static int write_names(struct context *ctx, const struct target *target, const struct node *disk, int fd)
{
	CLEANUP(gpt_done) struct gpt gpt = { 0 };
	off_t size = lseek(fd, 0, SEEK_END);
	const struct node *node;
	bool any = false;
	int r = 0;

	for (size_t at = 0; (node = layout_next_child(target->result, disk->id, NODE_PARTITION, &at));)
		any |= node->partition.name != NULL;
	if (!any || !is_gpt(disk))
		return 0;
	r = size < 0 ? -errno : gpt_read(fd, (uint64_t)size, node_sector(disk), &gpt);
	for (size_t at = 0; !r && (node = layout_next_child(target->result, disk->id, NODE_PARTITION, &at));)
		if (node->partition.name)
			r = gpt_set_name(&gpt, node->partition.number, node->partition.name);
	if (!r)
		r = gpt_write(fd, (uint64_t)size, node_sector(disk), &gpt);
	return r ? context_fail(ctx, -r, "The names of the partitions of %s cannot be written: %s", disk->device, strerror(-r)) : 0;
}

/* What the MBR says beside protecting the GPT: behind libfdisk's back, as it writes the protective one only. */
static int write_mbr(struct context *ctx, const struct node *disk, int fd)
{
	unsigned char start[512];

	if (pread(fd, start, sizeof(start), 0) == sizeof(start)) {
		gpt_mbr_apply(node_table_mbr(disk), start);
		if (pwrite(fd, start, sizeof(start), 0) == sizeof(start) && !fsync(fd))
			return 0;
	}
	return context_fail(ctx, errno ? errno : EIO, "The MBR of %s cannot be written: %s", disk->device, strerror(errno ? errno : EIO));
}

int table_label_write(struct context *ctx, const struct target *target, const struct node *disk, int fd)
{
	CLEANUP(cleanup_fdisk) struct fdisk_context *fdisk = fdisk_new_context();
	uint32_t sector = node_sector(disk);
	int r;

	if (!fdisk)
		return context_oom(ctx);
	fdisk_disable_dialogs(fdisk, 1);
	r = is_device(fd) ? 0 : fdisk_save_user_sector_size(fdisk, sector, sector);
	if (!r)
		r = fdisk_assign_device_by_fd(fdisk, fd, disk->device, 0);
	if (!r && fdisk_get_sector_size(fdisk) != sector)
		r = -ESTALE;
	if (r)
		return fail_libfdisk(ctx, disk, r);
	r = fill_label(ctx, fdisk, target, disk);
	if (r)
		return r;
	r = fdisk_write_disklabel(fdisk);
	if (r)
		return fail_libfdisk(ctx, disk, r);
	/* The descriptor stays the caller's, and with it the hold on the disk. */
	fdisk_deassign_device(fdisk, 1);
	r = write_names(ctx, target, disk, fd);
	return r || !table_label_keeps_mbr(target, disk) ? r : write_mbr(ctx, disk, fd);
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

/* An id that is all zero is none for libblkid, which writes the others without 0x. */
static bool id_is_there(const struct node *disk, const char *id)
{
	const char *wanted = node_table_id(disk);

	if (!wanted)
		return true;
	if (is_gpt(disk))
		return same_text(id, wanted) || (!id && !strcmp(wanted, NO_GPT_ID));
	return same_text(id, wanted + 2) || (!id && !strcmp(wanted, NO_MBR_ID));
}

/* What libblkid does not tell exactly: names and the MBR. 1, 0 or -errno with a sentence. */
static int gpt_is_there(struct context *ctx, const struct target *target, const struct node *disk, int fd)
{
	CLEANUP(gpt_done) struct gpt gpt = { 0 };
	unsigned char mbr[sizeof(gpt.mbr)];
	const struct node *node;
	off_t size = lseek(fd, 0, SEEK_END);
	int r = size < 0 ? -errno : gpt_read(fd, (uint64_t)size, node_sector(disk), &gpt);

	if (r == -EINVAL)
		return 0;
	if (r)
		return context_fail(ctx, -r, "The partition table of %s cannot be read: %s", disk->device, strerror(-r));
	for (size_t at = 0; (node = layout_next_child(target->result, disk->id, NODE_PARTITION, &at));) {
		AUTO_FREE char *name = gpt_name(&gpt, node->partition.number);

		if (!name)
			return context_oom(ctx);
		if (strcmp(name, node->partition.name ? node->partition.name : ""))
			return 0;
	}
	memcpy(mbr, gpt.mbr, sizeof(mbr));
	if (table_label_keeps_mbr(target, disk))
		gpt_mbr_apply(node_table_mbr(disk), mbr);
	return !memcmp(mbr, gpt.mbr, sizeof(mbr));
}

int table_label_is_there(struct context *ctx, const struct target *target, const struct node *disk, int fd)
{
	CLEANUP(cleanup_probe) blkid_probe probe = blkid_new_probe();
	const struct node *node;
	blkid_partlist list;
	blkid_parttable table;

	if (!probe || blkid_probe_set_device(probe, fd, 0, 0) ||
	    (!is_device(fd) && blkid_probe_set_sectorsize(probe, node_sector(disk))))
		return context_fail(ctx, EIO, "The partition table of %s cannot be read", disk->device);
	blkid_probe_enable_partitions(probe, 1);
	blkid_probe_set_partitions_flags(probe, BLKID_PARTS_ENTRY_DETAILS);
	list = blkid_probe_get_partitions(probe);
	table = list ? blkid_partlist_get_table(list) : NULL;
	if (!table || strcmp(blkid_parttable_get_type(table), node_table(disk)) ||
	    !id_is_there(disk, blkid_parttable_get_id(table)))
		return 0;
	for (size_t at = 0; (node = layout_next_child(target->result, disk->id, NODE_PARTITION, &at));)
		if (!partition_is_there(disk, list, node))
			return 0;
	return is_gpt(disk) ? gpt_is_there(ctx, target, disk, fd) : 1;
}
