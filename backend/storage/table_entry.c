/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "table_entry.h"

#include <blkid/blkid.h>
#include <errno.h>
#include <strings.h>

static void cleanup_probe(blkid_probe *probe)
{
	blkid_free_probe(*probe);
}

static bool is_same(blkid_partition entry, const struct node *partition)
{
	const char *uuid = blkid_partition_get_uuid(entry), *wanted = partition->partition.uuid;

	if (wanted && *wanted)
		return uuid && !strcasecmp(uuid, wanted);
	return blkid_partition_get_partno(entry) == (int)partition->partition.number && !blkid_partition_is_extended(entry);
}

int table_entry_find(int fd, uint64_t offset, uint64_t size, uint32_t sector, const struct node *partition, uint64_t *ret_start, uint64_t *ret_size)
{
	CLEANUP(cleanup_probe) blkid_probe probe = blkid_new_probe();
	blkid_partlist list;

	if (!probe)
		return -ENOMEM;
	blkid_probe_set_sectorsize(probe, sector);
	if (blkid_probe_set_device(probe, fd, (blkid_loff_t)offset, (blkid_loff_t)size))
		return -EIO;
	/* Once more: setting the device asks it, and an image file has no answer. */
	blkid_probe_set_sectorsize(probe, sector);
	blkid_probe_enable_superblocks(probe, 0);
	blkid_probe_enable_partitions(probe, 1);
	blkid_probe_set_partitions_flags(probe, BLKID_PARTS_FORCE_GPT);
	list = blkid_probe_get_partitions(probe);
	for (int i = 0; list && i < blkid_partlist_numof_partitions(list); i++) {
		blkid_partition entry = blkid_partlist_get_partition(list, i);
		uint64_t start = (uint64_t)blkid_partition_get_start(entry), length = (uint64_t)blkid_partition_get_size(entry);

		/* libblkid counts in sectors of 512 bytes. */
		if (!is_same(entry, partition) || !length || start > size / 512 || length > size / 512 - start)
			continue;
		*ret_start = start * 512;
		*ret_size = length * 512;
		return 0;
	}
	return -ENOENT;
}
