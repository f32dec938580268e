/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mount_kinds.h"

#include <stdlib.h>
#include <string.h>

#include "../core/macro.h"
#include "partitions.h"
#include "sysfs.h"

static bool is_one_of(const char *kind, const char *const *kinds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(kinds[i], kind))
			return true;
	return false;
}

/* Filesystems on local block devices that hold files of the machine. Squashfs and ISO 9660 are images that are files elsewhere; a
 * fuseblk has a disk, too, but a program stands between. */
bool mount_is_on_disk(const struct mount_entry *entry)
{
	static const char *const kinds[] = { "ext2", "ext3", "ext4", "xfs", "btrfs", "vfat", "msdos", "exfat", "f2fs", "jfs",
					     "reiserfs", "nilfs2", "bcachefs", "ntfs", "ntfs3", "hfsplus", "minix", "zfs" };

	return is_one_of(entry->kind, kinds, ARRAY_LENGTH(kinds));
}

bool mount_is_network(const struct mount_entry *entry)
{
	static const char *const kinds[] = { "nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "ncp", "afs", "coda", "9p", "ceph", "lustre",
					     "virtiofs", "vboxsf", "glusterfs", "gpfs", "beegfs", "orangefs", "pvfs2", "davfs" };

	return is_one_of(entry->kind, kinds, ARRAY_LENGTH(kinds));
}

bool mount_is_served_by_program(const struct mount_entry *entry)
{
	return !strcmp(entry->kind, "fuse") || !strncmp(entry->kind, "fuse.", 5) || !strcmp(entry->kind, "fuseblk");
}

bool mount_is_blind(const struct mount_entry *entry)
{
	return mount_is_network(entry) || mount_is_served_by_program(entry);
}

bool mount_answers(const struct mount_entry *entry)
{
	return !mount_is_blind(entry) && strcmp(entry->kind, "autofs");
}

/* An image file is no disk: what lies in the tree comes back as the file it is, and kinds that are only ever images (snaps, discs)
 * are files. Other loop devices are taken for disks: so image files of whole disks are captured and tested. */
bool mount_is_image(const struct context *ctx, const struct mount_entry *entry, const char *root)
{
	static const char *const kinds[] = { "squashfs", "iso9660", "udf", "erofs", "cramfs", "romfs" };
	AUTO_FREE char *whole = NULL, *file = NULL;
	const char *rest;

	/* What cannot be known is no image: then it is captured. */
	if (block_whole(ctx, entry->device, &whole) < 0 || !whole || block_backing_file(ctx, whole, &file) < 0 || !file)
		return false;
	return is_one_of(entry->kind, kinds, ARRAY_LENGTH(kinds)) || path_is_below(file, root, &rest);
}
