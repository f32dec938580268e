/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "probe_whole.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "../devices/partitions.h"
#include "../devices/sysfs.h"
#include "../superblocks/extent.h"
#include "../superblocks/signature.h"
#include "probe_content.h"
#include "probe_disk.h"
#include "probe_table.h"

static int probe_partition(struct probe *probe, const struct disk_info *disk, struct node *partition, int disk_fd)
{
	CLEANUP(signature_done) struct signature content = { 0 };
	struct extent extent = { .fd = disk_fd, .offset = partition->partition.start, .size = partition->size };
	AUTO_FREE char *device = NULL, *directory = NULL;
	AUTO_CLOSE int fd = -1;
	int r = block_partition_name(probe->ctx, disk->name, partition->partition.number, &device);

	if (r < 0)
		return -ENOMEM;
	directory = device ? block_directory(probe->ctx, device) : NULL;
	if (directory)
		partition->device = text_format("/dev/%s", device);
	if (directory)
		r = probe_take_mapped_name(probe->ctx, directory, partition);
	if (r)
		return r;
	if (partition->partition.role && !strcmp(partition->partition.role, "extended"))
		return 0;
	/* The partition's own node sees what a mounted filesystem has not written through yet; without one its disk will do. */
	if (partition->device)
		fd = block_open(probe->ctx, partition->device, NULL);
	if (fd >= 0) {
		extent.fd = fd;
		extent.offset = 0;
	}
	r = signature_read(probe->ctx, &extent, SIGNATURE_SUPERBLOCK, disk->logical_sector, device ? device : disk->name, &content);
	if (!r && (content.type || content.unclear))
		r = probe_add_content(probe, partition, &content, &extent);
	return r;
}

static int probe_partitions(struct probe *probe, const struct node *on, const struct disk_info *disk, int fd)
{
	struct node *partition;
	int r = 0;

	for (size_t at = 0; !r && (partition = layout_next_child(probe->layout, on->id, NODE_PARTITION, &at));)
		r = probe_partition(probe, disk, partition, fd);
	return r;
}

/* An array that keeps its superblock at the end shows the table of what is on it: then the disk is a member, nothing else. Other
 * signatures beside a table are leftovers. */
static int probe_beside_table(struct probe *probe, struct node *on, const struct disk_info *disk, const struct extent *extent,
			      bool *ret_is_member)
{
	CLEANUP(signature_done) struct signature content = { 0 };
	int r = signature_read(probe->ctx, extent, SIGNATURE_SUPERBLOCK, disk->logical_sector, disk->name, &content);

	*ret_is_member = false;
	if (r || !content.type)
		return r;
	if (content.usage && !strcmp(content.usage, "raid")) {
		*ret_is_member = true;
		return probe_add_content(probe, on, &content, extent);
	}
	context_warn(probe->ctx, "disk %s carries both a partition table and a %s; the table is believed", disk->name,
		     content.type);
	return 0;
}

int probe_whole(struct probe *probe, struct node *on, struct disk_info *info, const char *path, int fd)
{
	CLEANUP(signature_done) struct signature table = { 0 };
	CLEANUP(signature_done) struct signature content = { 0 };
	const struct extent extent = { .fd = fd, .size = on->size };
	uint32_t sector = info->logical_sector;
	bool is_member = false;
	int r;

	r = signature_read(probe->ctx, &extent, SIGNATURE_TABLE, sector, info->name, &table);
	if (!r && table.table && !table.unclear)
		r = probe_beside_table(probe, on, info, &extent, &is_member);
	if (r || is_member)
		return r;
	if (table.table && !table.unclear) {
		r = probe_table(probe, on, info, path);
		if (r > 0)
			return probe_partitions(probe, on, info, fd);
		if (r < 0)
			return r;
	}
	r = signature_read(probe->ctx, &extent, SIGNATURE_SUPERBLOCK, sector, info->name, &content);
	if (r)
		return r;
	/* A table that cannot be described is content all the same. */
	content.unclear |= !content.type && (table.table || table.unclear);
	return content.type || content.unclear ? probe_add_content(probe, on, &content, &extent) : 0;
}
