/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fit_parts.h"

#include <string.h>

#include "../filesystems/mkfs_ext.h"
#include "fit.h"

#define MIB (1ULL << 20)
/* A shrunk filesystem keeps a tenth of its used bytes and this much free, for its own tables and the restored system's
 * first boot. */
#define SHRINK_RESERVE (64 * MIB)

bool fit_is_growable(const char *kind)
{
	static const char *const kinds[] = { "ext2", "ext3", "ext4", "xfs", "btrfs" };

	for (size_t i = 0; kind && i < ARRAY_LENGTH(kinds); i++)
		if (!strcmp(kind, kinds[i]))
			return true;
	return false;
}

/* Of ext: tables and journal are not among the used bytes. BASE is what is needed beside them. */
static uint64_t ext_minimum(const struct node *filesystem, uint64_t base, uint64_t size)
{
	uint64_t inode_size = node_number(filesystem, "inode_size"), inodes = node_number(filesystem, "inodes");
	uint64_t journal = node_number(filesystem, "journal_size"), minimum;

	/* SIZE bounds what a set may say. */
	if ((inode_size && inodes > size / inode_size) || journal > size)
		return size;
	/* The fewer bytes, the fewer inodes: one round comes close from above, for there are never more than for SIZE. */
	minimum = base + journal + inodes * inode_size;
	return minimum >= size ? size : base + journal + mkfs_inodes(filesystem, size, minimum) * inode_size;
}

/* What each file may take more when blocks become as large as SECTOR: at the end of its contents, and of what describes them. */
static uint64_t raised_bytes(const struct node *filesystem, uint32_t sector)
{
	uint64_t block = node_number(filesystem, "block_size"), files = node_number(filesystem, "used_inodes");

	if (strncmp(filesystem->filesystem.kind, "ext", 3) || !block || block >= sector)
		return 0;
	files = files ? files : node_number(filesystem, "inodes");
	return files < UINT32_MAX ? files * 2 * sector : UINT64_MAX / 2;
}

bool fit_can_raise_blocks(const struct node *filesystem, uint64_t size, uint32_t sector)
{
	uint64_t raised = raised_bytes(filesystem, sector);

	if (!raised || !filesystem->used || filesystem->used > size || node_property(filesystem, "cluster_size"))
		return false;
	return raised < size && filesystem->used + filesystem->used / 20 + raised < size;
}

uint64_t fit_filesystem_minimum(const struct node *filesystem, uint64_t size, uint32_t sector)
{
	const char *kind = filesystem->filesystem.kind;
	uint64_t minimum = filesystem->used + filesystem->used / 10 + SHRINK_RESERVE + raised_bytes(filesystem, sector);

	if (!filesystem->used || filesystem->used > size)
		return size;
	if (!strcmp(kind, "xfs")) {
		minimum += 128 * MIB;
		/* mkfs.xfs refuses smaller ones. */
		if (minimum < 320 * MIB)
			minimum = 320 * MIB;
	} else if (!strcmp(kind, "btrfs")) {
		/* Its tables are there twice, and in chunks. */
		minimum += filesystem->used / 10 + 192 * MIB;
	} else {
		minimum = ext_minimum(filesystem, minimum, size);
	}
	return minimum < size ? (minimum + MIB - 1) / MIB * MIB : size;
}

/* A pool that is full stops all its volumes: a quarter of the files is kept free, and what a new filesystem writes in the background is counted. */
uint64_t fit_thin_minimum(const struct node *filesystem)
{
	const char *kind = filesystem->filesystem.kind;
	uint64_t size = filesystem->size, used = filesystem->used, inode_size = node_number(filesystem, "inode_size");
	uint64_t inodes = node_number(filesystem, "inodes"), log = node_number(filesystem, "journal_size") + node_number(filesystem, "log_size"),
		 needed;

	if (!used || used > size || !fit_is_growable(kind) || log > size || (inode_size && inodes > size / inode_size))
		return size;
	needed = used + used / 4 + SHRINK_RESERVE + log;
	if (!strcmp(kind, "xfs"))
		needed += 128 * MIB;
	else if (!strcmp(kind, "btrfs"))
		needed += used / 4 + 256 * MIB;
	else
		needed += inodes * inode_size;
	return needed < size ? needed : size;
}

bool fit_is_certain(const struct node *filesystem)
{
	const char *reflink = node_property(filesystem, "reflink"), *features = node_property(filesystem, "features");

	if (!strcmp(filesystem->filesystem.kind, "xfs"))
		return !reflink || !strcmp(reflink, "0");
	if (!strcmp(filesystem->filesystem.kind, "btrfs"))
		return false;
	return !features || !strstr(features, "shared_blocks");
}
