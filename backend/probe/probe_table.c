/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "probe_table.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include <libfdisk.h>

#include "../devices/partitions.h"
#include "../superblocks/gpt.h"

struct reading {
	struct probe *probe;
	struct node *disk;       /* or array */
	struct disk_info *info;
	struct fdisk_context *fdisk;
	struct gpt raw;          /* of a GPT: what libfdisk does not tell exactly */
	bool gpt;
	uint64_t sector;
};

static void cleanup_fdisk(struct fdisk_context **fdisk)
{
	if (*fdisk)
		fdisk_deassign_device(*fdisk, 1);
	fdisk_unref_context(*fdisk);
}

static void cleanup_table(struct fdisk_table **table)
{
	fdisk_unref_table(*table);
}

/* A copy with its letters put through CONVERT. */
static char *convert(const char *text, int (*conversion)(int))
{
	char *copy = text ? strdup(text) : NULL;

	for (char *c = copy; c && *c; c++)
		*c = (char)conversion((unsigned char)*c);
	return copy;
}

/* libfdisk prints attribute bits by name, or by number ("RequiredPartition LegacyBIOSBootable GUID:60,63"). */
static uint64_t attributes_of(const char *text)
{
	static const struct {
		const char *name;
		unsigned bit;
	} names[] = { { "RequiredPartition", 0 }, { "NoBlockIOProtocol", 1 }, { "LegacyBIOSBootable", 2 } };
	AUTO_FREE char *copy = text ? strdup(text) : NULL;
	uint64_t attributes = 0;
	char *state = NULL;

	for (char *word = copy ? strtok_r(copy, " ,", &state) : NULL; word; word = strtok_r(NULL, " ,", &state)) {
		uint64_t bit;

		if (!strncmp(word, "GUID:", 5))
			word += 5;
		for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
			if (!strcmp(word, names[i].name))
				attributes |= UINT64_C(1) << names[i].bit;
		if (parse_u64(word, &bit) && bit < 64)
			attributes |= UINT64_C(1) << bit;
	}
	return attributes;
}

static int fill_partition(const struct reading *reading, struct fdisk_partition *entry, struct node *node)
{
	struct partition_info *partition = &node->partition;
	struct fdisk_parttype *type = fdisk_partition_get_type(entry);
	const char *role = "primary";

	if (reading->gpt) {
		partition->kind = convert(type ? fdisk_parttype_get_string(type) : NULL, toupper);
		partition->uuid = convert(fdisk_partition_get_uuid(entry), tolower);
		partition->attributes = attributes_of(fdisk_partition_get_attrs(entry));
		partition->name = gpt_name(&reading->raw, partition->number);
		if (!partition->uuid || !partition->name)
			return -ENOMEM;
		if (!*partition->name)
			free(TAKE_POINTER(partition->name));
	} else {
		partition->kind = text_format("0x%02x", (type ? fdisk_parttype_get_code(type) : 0) & 0xff);
		partition->active = fdisk_partition_is_bootable(entry) == 1;
		if (fdisk_partition_is_container(entry))
			role = "extended";
		else if (fdisk_partition_is_nested(entry))
			role = "logical";
	}
	partition->role = strdup(role);
	return partition->kind && partition->role ? 0 : -ENOMEM;
}

static int add_partition(const struct reading *reading, struct fdisk_partition *entry)
{
	size_t number = fdisk_partition_get_partno(entry) + 1;
	AUTO_FREE char *id = text_format("part:%s.%zu", strchr(reading->disk->id, ':') + 1, number);
	AUTO_FREE char *device = NULL;
	int r = block_partition_name(reading->probe->ctx, reading->info->name, (unsigned)number, &device);
	struct node *node;

	if (!id || r < 0)
		return -ENOMEM;
	node = probe_add(reading->probe->layout, NODE_PARTITION, id, reading->disk->id);
	if (!node)
		return -ENOMEM;
	node->partition.number = (uint32_t)number;
	node->partition.start = fdisk_partition_get_start(entry) * reading->sector;
	node->size = fdisk_partition_get_size(entry) * reading->sector;
	if (device && probe_remember(reading->probe, device, node))
		return -ENOMEM;
	return fill_partition(reading, entry, node);
}

static const char *role_of(const struct reading *reading, struct fdisk_partition *entry)
{
	if (reading->gpt)
		return "primary";
	return fdisk_partition_is_container(entry) ? "extended" : fdisk_partition_is_nested(entry) ? "logical" : "primary";
}

/* Whether the table makes sense: the model can hold it. A sentence in *RET_WHY when not. */
static bool table_is_sane(const struct reading *reading, struct fdisk_table *table, char **ret_why)
{
	size_t count = fdisk_table_get_nents(table);
	uint64_t sectors = reading->disk->size / reading->sector;

	for (size_t i = 0; i < count; i++) {
		struct fdisk_partition *entry = fdisk_table_get_partition(table, i);
		uint64_t start = fdisk_partition_get_start(entry), size = fdisk_partition_get_size(entry);
		const char *role = role_of(reading, entry);
		bool inside = false;

		if (fdisk_partition_get_partno(entry) >= LAYOUT_PARTITION_LIMIT || !start || !size || size > sectors ||
		    start > sectors - size) {
			*ret_why = sentence("partition %zu reaches beyond the disk", fdisk_partition_get_partno(entry) + 1);
			return false;
		}
		for (size_t j = 0; j < count; j++) {
			struct fdisk_partition *other = fdisk_table_get_partition(table, j);
			uint64_t other_start = fdisk_partition_get_start(other), other_size = fdisk_partition_get_size(other);
			const char *other_role = role_of(reading, other);

			if (i == j || start >= other_start + other_size || other_start >= start + size)
				continue;
			if (!strcmp(role, "logical") && !strcmp(other_role, "extended") && start >= other_start &&
			    start + size <= other_start + other_size) {
				inside = true;
				continue;
			}
			if (!strcmp(role, "extended") && !strcmp(other_role, "logical"))
				continue;
			*ret_why = sentence("partitions %zu and %zu overlap", fdisk_partition_get_partno(entry) + 1,
					       fdisk_partition_get_partno(other) + 1);
			return false;
		}
		if (!strcmp(role, "logical") && !inside) {
			*ret_why = sentence("a logical partition does not lie in the extended one");
			return false;
		}
	}
	return true;
}

static int by_number(struct fdisk_partition *a, struct fdisk_partition *b)
{
	return fdisk_partition_cmp_partno(a, b);
}

static int read_table(struct reading *reading)
{
	CLEANUP(cleanup_table) struct fdisk_table *table = NULL;
	AUTO_FREE char *why = NULL, *id = NULL;
	struct disk_info *disk = reading->info;
	bool plain;
	int r;

	r = fdisk_get_partitions(reading->fdisk, &table);
	if (r)
		return r;
	fdisk_table_sort_partitions(table, by_number);
	if (!table_is_sane(reading, table, &why)) {
		context_warn(reading->probe->ctx, "the partition table of disk %s is damaged: %s; it is taken as unknown content",
			     disk->name, why ? why : "out of memory");
		return 0;
	}
	r = fdisk_get_disklabel_id(reading->fdisk, &id);
	if (r)
		return r;
	disk->table = strdup(reading->gpt ? "gpt" : "dos");
	disk->table_id = convert(id, tolower);
	if (!disk->table || !disk->table_id)
		return -ENOMEM;
	if (reading->gpt) {
		if (fdisk_get_npartitions(reading->fdisk) <= LAYOUT_TABLE_LIMIT)
			disk->table_entries = (uint32_t)fdisk_get_npartitions(reading->fdisk);
		disk->first_usable = fdisk_get_first_lba(reading->fdisk) * reading->sector;
		disk->mbr = gpt_mbr_text(&reading->raw, &plain);
		if (!disk->mbr && !plain)
			return -ENOMEM;
	}
	for (size_t i = 0; i < fdisk_table_get_nents(table); i++) {
		r = add_partition(reading, fdisk_table_get_partition(table, i));
		if (r)
			return r;
	}
	return 1;
}

/* 0 or -errno; a table that libfdisk could read and this cannot is one that changes. */
static int read_raw(struct reading *reading, const char *path)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	int r = fd < 0 ? -errno : gpt_read(fd, reading->disk->size, (uint32_t)reading->sector, &reading->raw);

	return r ? context_fail(reading->probe->ctx, -r, "the GPT of disk %s cannot be read: %s", reading->info->name, strerror(-r)) : 0;
}

int probe_table(struct probe *probe, struct node *on, struct disk_info *info, const char *path)
{
	CLEANUP(cleanup_fdisk) struct fdisk_context *fdisk = fdisk_new_context();
	struct reading reading = { .probe = probe, .disk = on, .info = info, .fdisk = fdisk, .sector = info->logical_sector };
	int r;

	if (!fdisk)
		return -ENOMEM;
	fdisk_disable_dialogs(fdisk, 1);
	/* The same numbers as /sys has; an image file of a captured machine knows them only from there. */
	r = fdisk_save_user_sector_size(fdisk, info->physical_sector, info->logical_sector);
	if (!r)
		r = fdisk_assign_device(fdisk, path, 1);
	if (r) {
		context_warn(probe->ctx, "the partition table of disk %s cannot be read: %s", info->name, strerror(-r));
		return 0;
	}
	reading.gpt = fdisk_is_label(fdisk, GPT);
	if (!reading.gpt && !fdisk_is_label(fdisk, DOS)) {
		context_warn(probe->ctx, "disk %s has a partition table that is neither GPT nor MBR; it is taken as unknown content",
			     info->name);
		return 0;
	}
	r = reading.gpt ? read_raw(&reading, path) : 0;
	if (!r)
		r = read_table(&reading);
	gpt_done(&reading.raw);
	return r;
}
